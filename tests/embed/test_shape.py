import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.embed.embedder import Absent
from hypermaml.embed.shape import PointCloud
from hypermaml.embed.standardized import Standardized, given_descriptor
from hypermaml.evidence import Evidence
from hypermaml.trees import split_trainable

CLOUDS = 0.03 * jax.random.normal(jax.random.key(0), (5, 7, 3))


def evidence(cloud):
    return Evidence(jnp.array([1.0, 2.0]), jnp.zeros(1), cloud=cloud)


def embedder(beside=None):
    return PointCloud(beside or Absent(), CLOUDS, width=8, size=4, key=jax.random.key(1))


def test_the_order_of_the_points_and_points_told_twice_do_not_matter():
    one, cloud = embedder(), CLOUDS[0]
    seen = one(evidence(cloud))
    assert seen.shape == (4,)
    np.testing.assert_allclose(one(evidence(cloud[::-1])), seen, rtol=1e-6)
    np.testing.assert_allclose(one(evidence(jnp.concatenate([cloud, cloud[:3]]))), seen, rtol=1e-6)
    assert (one(evidence(CLOUDS[1])) != seen).any()


def test_it_is_the_last_layers_of_the_largest_features_of_scaled_points():
    one, cloud = embedder(), CLOUDS[0]
    scale = jnp.sqrt(jnp.mean(CLOUDS**2))
    features = jnp.stack([jax.nn.relu(one.point(point / scale)) for point in cloud])
    np.testing.assert_allclose(one(evidence(cloud)), one.last(features.max(0)), rtol=1e-5)


def test_what_else_is_told_stands_before_it_and_the_scale_is_given():
    told = jax.vmap(evidence)(CLOUDS)
    beside = Standardized.fit(given_descriptor, told)
    seen = embedder(beside)(evidence(CLOUDS[0]))
    assert seen.shape == (6,)
    np.testing.assert_array_equal(seen[:2], beside(evidence(CLOUDS[0])))
    trained, _ = split_trainable(embedder(beside))
    assert trained.scale.value is None


def test_a_task_without_points_is_refused():
    with pytest.raises(ValueError, match="built for a cloud of points, and the task is described without one"):
        embedder()(evidence(None))
