import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.trees import NonTrainable
from hypermaml.adapt.adjoint import Backprop, FirstOrder, Weighted
from hypermaml.adapt.rule import SGD
from hypermaml.adapt.unroll import Unroll

pytestmark = pytest.mark.usefixtures("float64")


class Pair(eqx.Module):
    """A learner of two leaves."""

    body: jax.Array
    head: jax.Array


def pair():
    return Pair(jnp.asarray([1.0, 2.0]), jnp.asarray(3.0))


def loss(learner, batch):
    return jnp.sum(learner.body**2) * batch + learner.head**3


def step(adapter, learner, batch=0.5):
    state, info = adapter.step(adapter.init(learner), jnp.asarray(batch), loss)
    return adapter.learner(state), state, info


def test_a_step_descends_the_inner_loss():
    after, state, info = step(Unroll(SGD(NonTrainable(0.1))), pair())
    np.testing.assert_allclose(after.body, [0.9, 1.8], rtol=1e-12)
    np.testing.assert_allclose(after.head, 3 - 0.1 * 27, rtol=1e-12)
    assert int(state.index) == 1
    assert float(info.loss) == 0.5 * 5 + 27
    assert float(info.gradient_norm) == pytest.approx((1 + 4 + 27**2) ** 0.5)


def test_only_what_is_selected_adapts_and_counts_for_the_norm():
    after, _, info = step(Unroll(SGD(NonTrainable(0.1)), where=lambda learner: learner.body), pair())
    np.testing.assert_allclose(after.body, [0.9, 1.8], rtol=1e-12)
    assert float(after.head) == 3.0
    assert float(info.gradient_norm) == pytest.approx(5**0.5)


@pytest.mark.parametrize("adjoint", [Backprop(), FirstOrder()])
def test_an_imperceptible_rate_leaves_the_learner_to_the_bit(adjoint):
    after, _, _ = step(Unroll(SGD(NonTrainable(1e-300)), adjoint), pair())
    assert eqx.tree_equal(after, pair())


def test_adjoints_agree_on_the_step_and_differ_in_what_passes_back():
    def after(head, adjoint):
        learner, _, info = step(Unroll(SGD(NonTrainable(0.1)), adjoint), Pair(jnp.asarray([1.0, 2.0]), head))
        return learner.head, info.loss

    second, first = Backprop(), FirstOrder()
    head = jnp.asarray(3.0)
    assert after(head, second) == after(head, first)
    # d(h - .1 · 3h²)/dh = 1 - .6h, and 1 where the gradient is a constant.
    assert float(jax.grad(lambda h: after(h, second)[0])(head)) == pytest.approx(1 - 0.6 * 3)
    assert float(jax.grad(lambda h: after(h, first)[0])(head)) == 1.0
    for weight in (0.0, 0.25, 1.0):
        assert after(head, Weighted(weight)) == after(head, second)
        assert float(jax.grad(lambda h, w=weight: after(h, Weighted(w))[0])(head)) == pytest.approx(1 - weight * 1.8)
