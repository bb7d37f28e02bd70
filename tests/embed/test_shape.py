import jax
import jax.numpy as jnp
import numpy as np

from hypermaml._core.task_info import Cloud, TaskInfo
from hypermaml.embed.shape import ShapeEncoder
from hypermaml.embed.standardized import given_descriptor

KEY = jax.random.key(0)
POINTS = jax.random.normal(KEY, (40, 7, 3)) * jnp.asarray([2.0, 1.0, 0.1]) + jnp.asarray([0.0, 5.0, -1.0])


def task_info(points, mask=None):
    return TaskInfo(Cloud(points, jnp.ones(points.shape[:-1]) if mask is None else mask), jnp.zeros(0))


def encoder():
    return ShapeEncoder(given_descriptor, task_info(POINTS), width=6, size=3, key=KEY)


def test_coordinates_are_standardized():
    embed = encoder()
    np.testing.assert_allclose(embed.mean(), POINTS.mean((0, 1)), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(embed.deviation(), POINTS.std((0, 1)), rtol=1e-4)


def test_order_repetition_and_missing_points_change_nothing():
    embed, points = encoder(), POINTS[0]
    seen = embed(task_info(points))
    np.testing.assert_allclose(embed(task_info(points[::-1])), seen, rtol=1e-6)
    np.testing.assert_allclose(embed(task_info(jnp.concatenate([points, points]))), seen, rtol=1e-6)
    more = jnp.concatenate([points, jnp.full((2, 3), 1e3)])
    np.testing.assert_allclose(embed(task_info(more, jnp.asarray([1.0] * 7 + [0.0] * 2))), seen, rtol=1e-6)
    assert not np.allclose(embed(task_info(more)), seen)


def test_an_embedding_by_hand():
    embed, points = encoder(), POINTS[0]
    features = [np.maximum(embed.point((point - embed.mean()) / embed.deviation()), 0) for point in points]
    np.testing.assert_allclose(embed(task_info(points)), embed.last(jnp.asarray(np.max(features, axis=0))), rtol=1e-4)
