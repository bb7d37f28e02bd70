import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.nn.mlp import MLP
from hypermaml.nn.module import ModuleLearner, as_learner, module_of

KEY = jax.random.key(0)


class Counted(eqx.Module):
    """A module with a function, a number, a NumPy array and integers among its leaves."""

    layer: eqx.nn.Linear
    activation: object
    scale: float
    offset: np.ndarray
    table: jax.Array

    def __call__(self, x):
        return self.scale * self.activation(self.layer(x)) + self.offset + self.table[0]


def counted() -> Counted:
    return Counted(eqx.nn.Linear(2, 3, key=KEY), jnp.tanh, 2.0, np.ones(3, np.float32), jnp.arange(3))


def test_a_module_of_arrays_is_its_own_learner():
    network = MLP((1, 4, 1), key=KEY)
    assert as_learner(network) is network
    assert module_of(network) is network


def test_a_wrapped_module_predicts_as_before_and_comes_back_whole():
    module = counted()
    learner = as_learner(module)
    assert isinstance(learner, ModuleLearner)
    x = jnp.asarray([0.3, -0.2])
    np.testing.assert_array_equal(learner(x), module(x))
    again = module_of(learner)
    assert isinstance(again, Counted)
    assert again.activation is jnp.tanh
    assert again.scale == 2.0


def test_a_wrapped_module_passes_through_vmap_and_scan():
    stacked = jax.vmap(lambda key: as_learner(eqx.nn.MLP(2, 3, 4, 1, key=key)))(jax.random.split(KEY, 5))
    assert jax.vmap(lambda learner, x: learner(x))(stacked, jnp.ones((5, 2))).shape == (5, 3)
    learner = as_learner(counted())
    last, _ = jax.lax.scan(lambda carry, _: (carry, None), learner, length=3)
    assert last(jnp.ones(2)).shape == (3,)


def test_integers_are_buffers():
    learner = as_learner(counted())
    assert [leaf.dtype.kind for leaf in jax.tree.leaves(learner.buffers)] == ["i"]
    assert all(eqx.is_inexact_array(leaf) for leaf in jax.tree.leaves(learner.weights))


def test_what_cannot_be_called_is_no_model():
    with pytest.raises(TypeError, match="the model is a int, but it must be callable on one input"):
        as_learner(3)
