import equinox as eqx
import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.collect import collect
from hypermaml._core.meta_loss import meta_gradient
from hypermaml._core.trees import split_trainable
from hypermaml.adapt.proximal import Proximal
from hypermaml.experiments.sine import SineExperiment
from hypermaml.families.sine import Sine

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
    return adapter.learner(adapter.connect(first, state, batch, loss, jnp.zeros(()))), info


def test_the_steps_reach_the_proximal_minimum_and_the_gradient_is_that_of_the_closed_form():
    loss, matrix, vector = problem()
    adapter = Proximal(STRENGTH, iterations=3)  # as many as entries: the solution is exact, and so are four steps
    reached, info = after(adapter, start(), 4, loss, matrix)
    inverse = np.linalg.inv(np.asarray(matrix) + STRENGTH * np.eye(3))
    np.testing.assert_allclose(flat(reached), inverse @ (vector + STRENGTH * flat(start())), rtol=1e-9)
    assert float(info.gradient_norm) < 1e-9
    target = jnp.asarray([0.3, -0.1, 2.0])

    def outer(learner):
        reached, _ = after(adapter, learner, 4, loss, matrix)
        return target @ jnp.append(reached.body, reached.head)

    np.testing.assert_allclose(flat(jax.grad(outer)(start())), STRENGTH * inverse @ target, rtol=1e-8)


def test_what_does_not_adapt_passes_through():
    loss, matrix, _ = problem()
    adapter = Proximal(STRENGTH, where=lambda learner: learner.body)
    reached, _ = after(adapter, start(), 3, loss, matrix)
    assert (reached.body != start().body).all()
    assert float(reached.head) == 0.5
    assert float(jax.grad(lambda learner: after(adapter, learner, 3, loss, matrix)[0].head)(start()).head) == 1.0


def test_few_conjugate_gradients_leave_a_residual():
    loss, matrix, _ = problem()

    def gradient(iterations):
        adapter = Proximal(STRENGTH, iterations=iterations)
        return flat(jax.grad(lambda learner: after(adapter, learner, 4, loss, matrix)[0].head)(start()))

    assert np.abs(gradient(1) - gradient(3)).max() > 1e-3
    np.testing.assert_allclose(gradient(3), gradient(8), rtol=1e-6)


@pytest.mark.parametrize(
    ("curvature", "strength", "steps", "iterations", "doubtful"),
    [
        ((0.5, 1.0, 4.0), 2.0, 4, 3, False),
        ((0.5, 1.0, 4.0), 2.0, 1, 3, True),  # the minimum is not reached
        ((0.5, 1.0, 4.0), 2.0, 4, 1, True),  # the linear system is not solved
        ((-3.0, 1.0, 4.0), 2.0, 4, 3, True),  # there is no minimum
        ((-1.0, 1.0, 4.0), 2.0, 4, 3, False),
    ],
)
def test_what_is_not_convex_or_not_solved_is_in_doubt(curvature, strength, steps, iterations, doubtful):
    adapter = Proximal(strength, iterations=iterations)

    def loss(learner, batch):
        theta = jnp.append(learner.body, learner.head)
        return 0.5 * theta @ (jnp.asarray(curvature) * theta) - jnp.sum(theta)

    def outer(doubt):
        state = first = adapter.init(start())
        for _ in range(steps):
            state, _ = adapter.step(state, None, loss)
        reached = adapter.learner(adapter.connect(first, state, None, loss, doubt))
        return jnp.asarray([1.0, -1.0, 1.0]) @ jnp.append(reached.body, reached.head)

    assert bool(jax.jit(jax.grad(outer))(jnp.zeros(())) > 0) == doubtful


def test_the_steps_arrive_where_the_loss_curves_down_too():
    adapter = Proximal(4.0)

    def loss(learner, batch):
        return jnp.sum(jnp.cos(2 * learner.body)) + learner.head**4

    state = adapter.init(Pair(jnp.asarray([0.1, -2.0]), jnp.asarray(0.5)))
    for _ in range(10):
        state, info = adapter.step(state, None, loss)
    assert float(info.gradient_norm) < 1e-3 * float(state.first)


def test_the_hypergradient_on_sine_is_that_of_the_dense_solution():
    """With the values of the family, at the start and where the curvature is that of a trained network."""
    family, settings = Sine(hidden=(8,)), SineExperiment().settings()["imaml"]
    system = settings.build(family, key=jax.random.key(0))
    tasks = family.sample(4, split="meta-train", key=jax.random.key(1))

    @eqx.filter_jit
    def both(method):
        data = collect(method, system.objective, family, tasks, key=jax.random.key(2))
        found, metrics = meta_gradient(method, system.objective, family, data)
        flat, unflatten = jax.flatten_util.ravel_pytree(split_trainable(method)[0].init)
        anchor = eqx.combine(unflatten(flat), method.init)(jnp.zeros(0))

        def exact(support, query):
            at, of_flat = jax.flatten_util.ravel_pytree(anchor)
            step = lambda state, _: (method.adapt.step(state, support, family.inner_loss)[0], None)  # noqa: E731
            state, _ = jax.lax.scan(step, method.adapt.init(anchor), None, length=settings.inner_steps)
            reached = jax.flatten_util.ravel_pytree(state.learner)[0]
            hessian = jax.hessian(lambda theta: family.inner_loss(of_flat(theta), support))(reached)
            slope = jax.grad(lambda theta: family.outer_loss(of_flat(theta), query))(reached)
            matrix = jnp.eye(len(at)) + hessian / settings.proximity
            return jnp.linalg.solve(matrix, slope), jnp.linalg.eigvalsh(matrix)[0]

        expected, lowest = jax.vmap(exact)(data.task_info.support, data.query[0])
        return jax.flatten_util.ravel_pytree(found)[0], expected.mean(0), lowest, metrics.doubtful

    trained = jax.tree.map(lambda leaf: 1.5 * leaf, system.method.init)
    for method in (eqx.tree_at(lambda m: m.init, system.method, trained), system.method):
        found, expected, lowest, doubtful = both(method)
        assert float(lowest.min()) > 0
        assert float(found @ expected / jnp.linalg.norm(found) / jnp.linalg.norm(expected)) > 0.99
    assert not doubtful.any()


@pytest.mark.parametrize(("strength", "iterations"), [(0.0, 5), (-1.0, 5), (1.0, 0)])
def test_a_value_out_of_its_range_is_refused(strength, iterations):
    with pytest.raises(ValueError, match=f"strength is {strength} and iterations {iterations}, but both"):
        Proximal(strength, iterations=iterations)
