import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.trees import global_norm
from hypermaml.init.dense import DenseChange
from hypermaml.init.generator import AbstractChange
from hypermaml.init.remedies import Averaged, Bounded, Centred, Gated


class Linear(AbstractChange):
    """Two leaves, linear in the embedding."""

    weight: jax.Array

    @property
    def heads(self):
        return self.weight

    def __call__(self, embedding):
        return {"a": self.weight @ embedding, "b": 2 * embedding}


CHANGE = Linear(jnp.asarray([[3.0, 0.0], [0.0, 4.0]]))
ONE = jnp.ones(2)  # the change is (3, 4) and (2, 2), of norm √33


def test_a_change_beyond_the_bound_is_scaled_down_to_it_and_a_smaller_one_is_left():
    held = Bounded(CHANGE, 2.0)(ONE)
    assert float(global_norm(held)) == pytest.approx(2.0, rel=1e-6)
    np.testing.assert_allclose(held["a"], np.asarray([3.0, 4.0]) * 2 / np.sqrt(33), rtol=1e-6)
    np.testing.assert_array_equal(Bounded(CHANGE, 6.0)(ONE)["a"], [3.0, 4.0])


def test_a_bound_lets_gradients_through_at_zero_and_beyond():
    def norm(scale):
        return global_norm(Bounded(Linear(scale * CHANGE.weight), 2.0)(ONE))

    assert float(jax.grad(norm)(1.0)) == pytest.approx(0.0, abs=1e-5)  # it cannot grow any further
    nothing = jax.grad(lambda e: Bounded(CHANGE, 2.0)(e)["a"].sum())(jnp.zeros(2))
    np.testing.assert_allclose(nothing, [3.0, 4.0], rtol=1e-6)


def test_gates_by_hand():
    gated = Gated(CHANGE, 2)
    np.testing.assert_allclose(gated.gates(ONE), [1 / (1 + np.exp(-2))] * 2, rtol=1e-6)
    weight, bias = jnp.asarray([[0.0, 1.0], [0.0, 0.0]]), jnp.asarray([0, -50.0])
    gated = eqx.tree_at(lambda g: (g.weight, g.bias), gated, (weight, bias))
    out = gated(ONE)
    np.testing.assert_allclose(out["a"], np.asarray([3.0, 4.0]) / (1 + np.exp(-1)), rtol=1e-6)
    np.testing.assert_allclose(out["b"], 0, atol=1e-20)


def test_an_ensemble_is_the_mean_of_its_members():
    both = Averaged((CHANGE, Linear(3 * CHANGE.weight)))(ONE)
    np.testing.assert_allclose(both["a"], [6.0, 8.0])
    np.testing.assert_allclose(both["b"], [2.0, 2.0])


def test_a_centred_generator_changes_and_learns_nothing_where_the_embedding_is_the_mean():
    trained = DenseChange({"w": jnp.ones(3)}, 2, width=5, key=jax.random.key(0))
    trained = eqx.tree_at(lambda d: d.weight["w"], trained, jax.random.normal(jax.random.key(1), (5, 3)))
    centred = Centred(trained)
    np.testing.assert_allclose(centred(ONE)["w"], trained(ONE)["w"] - trained(0 * ONE)["w"], rtol=1e-6)

    def length(change, embedding):
        return jnp.sum(change(embedding)["w"] + jnp.asarray([1.0, 2.0, 3.0]))

    at_mean = eqx.filter_grad(length)(centred, 0 * ONE)
    assert not any(np.any(leaf) for leaf in jax.tree.leaves((at_mean, centred(0 * ONE))))
    assert all(np.any(leaf) for leaf in jax.tree.leaves(eqx.filter_grad(length)(centred, ONE).heads))
