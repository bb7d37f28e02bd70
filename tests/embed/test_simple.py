import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.task_info import TaskInfo
from hypermaml._core.trees import split_trainable
from hypermaml.embed.simple import NoEmbedding, Uninformative
from hypermaml.embed.standardized import Standardized, given_descriptor, true_task


def task_info(descriptor):
    return TaskInfo(jnp.asarray(descriptor, float), jnp.asarray([5.0, 6.0, 7.0]))


def test_absent_and_uninformative_embeddings_know_nothing():
    one, other = task_info([1.0, 2.0]), task_info([3.0, 4.0])
    assert NoEmbedding()(one).shape == (0,)
    np.testing.assert_array_equal(Uninformative(3)(one), np.ones(3))
    np.testing.assert_array_equal(Uninformative(3)(one), Uninformative(3)(other))


def rows(count=50):
    descriptors = jax.random.normal(jax.random.key(0), (count, 2)) * jnp.asarray([3.0, 0.1]) + jnp.asarray([10.0, -1.0])
    tasks = jnp.concatenate([descriptors, jnp.full((count, 1), 0.1)], axis=1)  # whose mean in float32 is not 0.1
    return TaskInfo(descriptors, tasks)


def test_standardized_vector_has_mean_zero_and_deviation_one():
    seen = rows()
    out = jax.vmap(Standardized.fit(given_descriptor, seen))(seen)
    np.testing.assert_allclose(np.mean(out, axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(np.std(out, axis=0), 1, rtol=1e-4)


def test_an_entry_that_does_not_vary_is_only_shifted():
    out = jax.vmap(Standardized.fit(true_task, rows()))(rows())
    assert out.shape == (50, 3)
    np.testing.assert_array_equal(out[:, 2], 0)


def test_an_entry_of_numbers_too_small_to_square_is_only_shifted():
    seen = TaskInfo(rows().description * jnp.asarray([1.0, 1e-30]), rows().parameters)
    assert np.std(np.asarray(seen.description[:, 1], float)) > 0
    out = jax.vmap(Standardized.fit(given_descriptor, seen))(seen)
    np.testing.assert_allclose(np.std(out[:, 0]), 1, rtol=1e-4)
    np.testing.assert_allclose(out[:, 1], 0, atol=1e-29)


def test_mean_and_deviation_are_not_trained():
    assert not jax.tree.leaves(split_trainable(Standardized.fit(given_descriptor, rows()))[0])


def test_another_width_is_refused():
    embed = Standardized.fit(given_descriptor, rows())
    with pytest.raises(ValueError, match="the description has 3 entries where the method was built for 2: "):
        embed(task_info([1.0, 2.0, 3.0]))
