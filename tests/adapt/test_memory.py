import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.adapt.memory import FastWeights, direction, magnitude, transformed
from hypermaml.families.regression import Examples, inputs
from hypermaml.families.sine import Sine
from hypermaml.init.fast import Slow
from hypermaml.nn.mlp import MLP

pytestmark = pytest.mark.usefixtures("float64")

KEY = jax.random.key(0)
FAMILY = Sine(hidden=(4, 3), shots=3)
SUPPORT = Examples(jnp.asarray([0.5, -1.0, 2.0]), jnp.asarray([1.0, 0.2, -0.4]))


def empty():
    base, keyed = (FAMILY.learner(key=key) for key in jax.random.split(KEY))
    return Slow(base, keyed, examples=3, width=5, key=KEY)(jnp.zeros(0))


def filled():
    state, info = FastWeights(inputs).step(empty(), SUPPORT, FAMILY.inner_loss)
    return state, info


def test_with_an_empty_memory_only_the_slow_weights_speak():
    learner, x = empty(), jnp.asarray([0.7])
    np.testing.assert_allclose(learner(x), learner.base(x), rtol=1e-12)


def test_gradients_are_scaled_by_their_logarithm():
    gradient = jnp.asarray([1.0, -np.exp(-3.5), 0.0, 1e-9])
    np.testing.assert_allclose(magnitude(gradient), [0, -0.5, -1, -1], rtol=1e-12)
    np.testing.assert_allclose(direction(gradient), [1, -1, 0, np.exp(7) * 1e-9], rtol=1e-9)
    meta = MLP((2, 5, 1), key=KEY)
    made = transformed(meta, {"a": gradient[:2].reshape(1, 2)})["a"]
    np.testing.assert_allclose(made[0, 1], meta(jnp.asarray([-0.5, -1.0]))[0], rtol=1e-9)


def test_the_memory_holds_the_fast_weights_and_the_key_of_each_example():
    start, (state, info) = empty(), filled()
    for index in range(3):
        one = Examples(SUPPORT.x[index : index + 1], SUPPORT.y[index : index + 1])
        expected = transformed(start.meta, jax.grad(FAMILY.inner_loss)(start.base, one))
        for leaf, right in zip(jax.tree.leaves(state.memory), jax.tree.leaves(expected), strict=True):
            np.testing.assert_allclose(leaf[index], right, rtol=1e-9)
        np.testing.assert_allclose(state.keys[index], state.key(SUPPORT.x[index : index + 1]), rtol=1e-9)
    assert float(info.loss) == pytest.approx(float(FAMILY.inner_loss(start.base, SUPPORT)))
    again, _ = FastWeights(inputs).step(state, SUPPORT, FAMILY.inner_loss)
    assert eqx.tree_equal(again, state)


def test_an_input_reads_by_the_cosine_of_its_key_and_layers_add_up():
    state, _ = filled()
    x = jnp.asarray([1.3])
    key = np.asarray(state.key(x))
    cosine = np.asarray(state.keys) @ key / np.linalg.norm(state.keys, axis=1) / np.linalg.norm(key)
    attention = np.exp(cosine) / np.exp(cosine).sum()
    fast = jax.tree.map(lambda leaf: np.tensordot(attention, np.asarray(leaf), axes=1), state.memory)
    h = x
    for slow, quick in zip(state.base.layers[:2], fast.layers[:2], strict=True):
        h = jax.nn.relu(slow(h)) + jax.nn.relu(quick.weight @ h + quick.bias)
    slow, quick = state.base.head, fast.head
    np.testing.assert_allclose(state(x), (slow.weight + quick.weight) @ h + slow.bias + quick.bias, rtol=1e-9)
