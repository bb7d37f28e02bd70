import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.task_info import Curves, TaskInfo
from hypermaml._core.trees import split_trainable
from hypermaml.embed.curve import CurveEncoder, windows
from hypermaml.embed.standardized import given_descriptor

KEY = jax.random.key(0)
VALUES = jax.random.normal(KEY, (50, 2, 12)) * jnp.asarray([[3.0], [0.1]]) + jnp.asarray([[10.0], [-1.0]])
MASK = (jax.random.uniform(jax.random.key(1), VALUES.shape) < 0.8).astype(float)


def task_info(values, mask):
    return TaskInfo(Curves(jnp.asarray(values), jnp.asarray(mask)), jnp.zeros(0))


def encoder():
    return CurveEncoder(given_descriptor, task_info(VALUES, MASK), width=6, size=3, key=KEY)


def test_windows_are_five_times_around_every_second_one():
    np.testing.assert_array_equal(windows(jnp.arange(1.0, 5.0)[:, None]), [[0, 0, 1, 2, 3], [1, 2, 3, 4, 0]])


def test_series_are_standardized_over_what_was_measured():
    embed, known = encoder(), np.ma.array(VALUES, mask=np.asarray(MASK) == 0)
    np.testing.assert_allclose(embed.mean()[:, 0], known.mean(axis=(0, 2)), rtol=1e-4)
    np.testing.assert_allclose(embed.deviation()[:, 0], known.std(axis=(0, 2)), rtol=1e-4)
    assert len(jax.tree.leaves(split_trainable(embed)[0])) == 8  # two convolutions, two layers


def test_only_what_was_measured_is_read():
    embed, values, mask = encoder(), VALUES[0], MASK[0]
    seen = embed(task_info(values, mask))
    assert seen.shape == (3,)
    np.testing.assert_allclose(embed(task_info(jnp.where(mask > 0, values, 1e6), mask)), seen, rtol=1e-5)
    longer = [jnp.pad(part, ((0, 0), (0, 8))) for part in (values, mask)]
    np.testing.assert_allclose(embed(task_info(*longer)), seen, rtol=1e-5)
    assert not np.allclose(embed(task_info(jnp.where(mask > 0, values[:, ::-1], 0), mask)), seen, rtol=1e-3)


def test_nothing_measured_is_no_error():
    assert np.isfinite(encoder()(task_info(jnp.full((2, 12), 7.0), jnp.zeros((2, 12))))).all()


def test_an_embedding_by_hand(float64):
    """One series of one time: both convolutions see nothing but the middle of their windows."""
    known = task_info(jnp.asarray([[[1.0]], [[5.0]]]), jnp.ones((2, 1, 1)))
    embed = CurveEncoder(given_descriptor, known, width=4, size=2, key=KEY)
    first, second = embed.layers
    x = np.maximum(first.weight[:, 4:6] @ np.asarray([(4.0 - 3.0) / 2.0, 1.0]) + first.bias, 0)
    x = np.maximum(second.weight[:, 8:12] @ x + second.bias, 0)
    given = eqx.filter_jit(embed)(task_info(jnp.asarray([[4.0]]), jnp.ones((1, 1))))
    np.testing.assert_allclose(given, embed.last(jnp.asarray(x)), rtol=1e-10)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_short_series_have_an_embedding(times):
    assert encoder()(task_info(VALUES[0, :, :times], MASK[0, :, :times])).shape == (3,)
