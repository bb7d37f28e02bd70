import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.trees import NonTrainable
from hypermaml.adapt.proximal import Proximal
from hypermaml.adapt.rule import SGD

pytestmark = pytest.mark.usefixtures("float64")

STRENGTH = 2.0


class Pair(eqx.Module):
    """A learner of two leaves."""

    body: jax.Array
    head: jax.Array


def problem():
    """A quadratic inner loss ½ θᵀAθ - bᵀθ of the two leaves together, and its matrix and vector."""
    root = jax.random.normal(jax.random.key(0), (3, 3))
    matrix, vector = root @ root.T, jax.random.normal(jax.random.key(1), (3,))

    def loss(learner, batch):
        theta = jnp.append(learner.body, learner.head)
        return 0.5 * theta @ batch @ theta - vector @ theta

    return loss, matrix, vector


def start():
    return Pair(jnp.asarray([1.0, -2.0]), jnp.asarray(0.5))


def flat(learner):
    return np.append(learner.body, learner.head)


def after(adapter, learner, steps, loss, batch):
    first = state = adapter.init(learner)
    for _ in range(steps):
        state, info = adapter.step(state, batch, loss)
    return adapter.learner(adapter.connect(first, state, batch, loss)), info


def test_the_steps_reach_the_proximal_minimum_and_the_gradient_is_that_of_the_closed_form():
    loss, matrix, vector = problem()
    adapter = Proximal(SGD(NonTrainable(0.1)), STRENGTH, iterations=3)  # as many as entries: the solution is exact
    reached, info = after(adapter, start(), 2000, loss, matrix)
    inverse = np.linalg.inv(np.asarray(matrix) + STRENGTH * np.eye(3))
    np.testing.assert_allclose(flat(reached), inverse @ (vector + STRENGTH * flat(start())), rtol=1e-9)
    assert float(info.gradient_norm) < 1e-9
    target = jnp.asarray([0.3, -0.1, 2.0])

    def outer(learner):
        reached, _ = after(adapter, learner, 2000, loss, matrix)
        return target @ jnp.append(reached.body, reached.head)

    np.testing.assert_allclose(flat(jax.grad(outer)(start())), STRENGTH * inverse @ target, rtol=1e-8)


def test_what_does_not_adapt_passes_through():
    loss, matrix, _ = problem()
    adapter = Proximal(SGD(NonTrainable(0.1)), STRENGTH, where=lambda learner: learner.body)
    reached, _ = after(adapter, start(), 3, loss, matrix)
    assert (reached.body != start().body).all()
    assert float(reached.head) == 0.5
    assert float(jax.grad(lambda learner: after(adapter, learner, 3, loss, matrix)[0].head)(start()).head) == 1.0


def test_few_conjugate_gradients_leave_a_residual():
    loss, matrix, _ = problem()

    def gradient(iterations):
        adapter = Proximal(SGD(NonTrainable(0.1)), STRENGTH, iterations=iterations)
        return flat(jax.grad(lambda learner: after(adapter, learner, 5, loss, matrix)[0].head)(start()))

    assert np.abs(gradient(1) - gradient(3)).max() > 1e-3
    np.testing.assert_allclose(gradient(3), gradient(8), rtol=1e-6)


def test_a_rate_to_be_trained_is_refused():
    with pytest.raises(ValueError, match="does not depend on the inner rate: give it inside NonTrainable"):
        Proximal(SGD(jnp.asarray(0.1)), STRENGTH)


@pytest.mark.parametrize(("strength", "iterations"), [(0.0, 5), (-1.0, 5), (1.0, 0)])
def test_a_value_out_of_its_range_is_refused(strength, iterations):
    with pytest.raises(ValueError, match=f"strength is {strength} and iterations {iterations}, but both"):
        Proximal(SGD(NonTrainable(0.1)), strength, iterations=iterations)
