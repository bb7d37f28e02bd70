"""TRPO on a policy small enough for explicit Jacobians, in float64."""

from collections.abc import Callable
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import hypermaml as hm
from hypermaml._core.collect import Data, collect
from hypermaml._core.execution import computed
from hypermaml._core.meta_loss import adapted, meta_gradient
from hypermaml._core.method import Method
from hypermaml._core.objective import Objective
from hypermaml._core.train import train
from hypermaml._core.trees import split_trainable
from hypermaml.families.navigation import Navigation, Plane
from hypermaml.families.sine import Sine
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.methods.maml import MAML
from hypermaml.outer.trpo import TrustRegion, curvature, judge

FAMILY = Navigation(hidden=(3,), shots=2, queries=2, activation=jnp.tanh, environment=Plane(horizon=4))
OBJECTIVE = Objective((0.3, 0.7), 1)
TASKS = 2
BUILDS = {"maml": MAML(inner_lr=0.5), "hypermaml": HyperMAML(inner_lr=0.5, generator=hm.Dense(width=3))}

pytestmark = pytest.mark.usefixtures("float64")


class Point(NamedTuple):
    """A method somewhere in φ, with data that it collected."""

    method: Method
    data: Data
    flat: jax.Array
    at: Callable[[jax.Array], Method]
    matrix: np.ndarray


def columns(at, flat, data, *, stride):
    """The curvature as a matrix."""
    product = curvature(at(flat), OBJECTIVE, FAMILY, data, stride=stride)
    unflatten = ravel_pytree(split_trainable(at(flat))[0])[1]
    return jax.vmap(lambda vector: ravel_pytree(product(unflatten(vector)))[0])(jnp.eye(flat.size))


@pytest.fixture(scope="module", params=[pytest.param("maml", marks=pytest.mark.product), "hypermaml"])
def point(request):
    with jax.enable_x64(True):
        key = jax.random.key(0)
        phi, rest = split_trainable(BUILDS[request.param].build(FAMILY, key=key).method)
        flat, unflatten = ravel_pytree(phi)
        flat = flat + 0.2 * jax.random.normal(key, flat.shape)

        def at(flat):
            return eqx.combine(unflatten(flat), rest)

        tasks = FAMILY.sample(TASKS, split="meta-train", key=key)
        data = eqx.filter_jit(collect)(at(flat), OBJECTIVE, FAMILY, tasks, key=key)
        # Some trajectories end early.
        ended = jnp.asarray([[[1, 1, 1, 1], [1, 1, 0, 0]], [[1, 0, 0, 0], [1, 1, 1, 0]]], float)
        data = eqx.tree_at(lambda d: [query.mask for query in d.query], data, [ended] * 2)
        matrix = jax.jit(lambda flat, data: columns(at, flat, data, stride=1))(flat, data)
        return Point(at(flat), data, flat, at, np.asarray(matrix))


def test_curvature_is_the_sum_of_fisher_matrices_between_jacobians(point):
    """Here on every second time step."""
    queries = tuple(FAMILY.thinned(query, 2) for query in point.data.query)
    thin = Data(point.data.task_info, FAMILY.thinned(point.data.support, 2), queries)

    def policies(flat, data):
        method = point.at(flat)
        learners, _ = adapted(method, method.start(data.task_info), OBJECTIVE, FAMILY, data)
        seen = (FAMILY.distribution(learner, query) for learner, query in zip(learners, data.query, strict=True))
        return [jnp.concatenate([policy.mean, policy.log_std], axis=-1) for policy in seen]

    def of_task(data):
        jacobians, values = jax.jacfwd(policies)(point.flat, data), policies(point.flat, data)
        total = jnp.zeros((point.flat.size, point.flat.size))
        for jacobian, value, query in zip(jacobians, values, data.query, strict=True):
            fisher = jnp.concatenate([jnp.exp(-2 * value[..., 2:]), jnp.full_like(value[..., 2:], 2.0)], axis=-1)
            steps = query.mask / query.mask.sum()
            total += jnp.einsum("kh,kha,khap,khaq->pq", steps, fisher, jacobian, jacobian) / len(data.query)
        return total

    expected = np.asarray(jax.jit(jax.vmap(of_task))(thin)).mean(0)
    got = jax.jit(lambda flat, data: columns(point.at, flat, data, stride=2))(point.flat, point.data)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_curvature_is_the_hessian_of_the_divergence_at_the_present_point(point):
    """Which a naive product finds by the derivative of the divergence's gradient."""

    def slope(flat):
        return jax.grad(lambda flat: judge(point.at(flat), OBJECTIVE, FAMILY, point.data)[1])(flat)

    vector = jax.random.normal(jax.random.key(1), point.flat.shape)
    gradient, expected = jax.jit(lambda flat: jax.jvp(slope, (flat,), (vector,)))(point.flat)
    np.testing.assert_allclose(gradient, 0, atol=1e-12)
    got = point.matrix @ vector
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


update = eqx.filter_jit(lambda outer, point: outer.update(None, point.method, OBJECTIVE, FAMILY, point.data))
assess = eqx.filter_jit(lambda method, data: judge(method, OBJECTIVE, FAMILY, data))


# A bound far beyond where the divergence is quadratic, so that the line search has something to do.
OUTER = TrustRegion(max_divergence=4.0, damping=0.1, conjugate_gradient_iterations=60)


def test_the_step_is_the_longest_tried_that_lowers_the_loss_within_the_bound(point):
    _, method, metrics = update(OUTER, point)
    before, divergence = assess(point.method, point.data)
    assert float(before) == pytest.approx(float(metrics.loss), rel=1e-12)
    assert float(divergence) == pytest.approx(0, abs=1e-14)

    gradient = ravel_pytree(eqx.filter_jit(meta_gradient)(point.method, OBJECTIVE, FAMILY, point.data)[0])[0]
    matrix = point.matrix + 0.1 * np.eye(point.flat.size)
    direction = np.linalg.solve(matrix, -gradient)
    full = np.sqrt(2 * 4.0 / (direction @ matrix @ direction)) * direction
    tried = [assess(point.at(point.flat + 0.8**exponent * full), point.data) for exponent in range(15)]
    good = [bool(loss < before) and bool(divergence <= 4.0) for loss, divergence in tried]
    step = ravel_pytree(split_trainable(method)[0])[0] - point.flat
    np.testing.assert_allclose(step, 0.8 ** good.index(True) * full, rtol=0, atol=1e-6 * np.abs(full).max())


def test_without_a_better_point_nothing_moves(point):
    flat = eqx.tree_at(lambda d: [q.advantages for q in d.query], point.data, [jnp.zeros((TASKS, 2, 4))] * 2)
    _, method, metrics = update(OUTER, point._replace(data=flat))
    assert float(metrics.loss) == 0
    assert eqx.tree_equal(method, point.method)


def test_a_step_that_is_not_finite_is_told(point):
    for damping, sound in {0.1: True, float("inf"): False}.items():
        _, method, metrics = update(TrustRegion(damping=damping, conjugate_gradient_iterations=2), point)
        assert bool(metrics.finite[:, -1].all()) == sound
        assert eqx.tree_equal(method, point.method) != sound


class Together(Navigation):
    """Its tasks are taken together, as those on an accelerator are."""

    one_task_at_a_time: ClassVar[bool] = False


@pytest.mark.product
@pytest.mark.parametrize("how", [{"tasks_at_once": 2}, {"recompute": True}])
def test_less_memory_gives_the_same_gradient_and_curvature(how):
    family = Together(hidden=(3,), shots=2, queries=2, activation=jnp.tanh, environment=Plane(horizon=4))
    system = MAML(inner_lr=0.5).build(family, key=jax.random.key(0))
    method, objective = system.method, system.objective
    tasks = family.sample(3, split="meta-train", key=jax.random.key(1))
    data = eqx.filter_jit(collect)(method, objective, family, tasks, key=jax.random.key(2))

    @eqx.filter_jit
    def of(method):
        gradient = meta_gradient(method, objective, family, data)[0]
        return gradient, curvature(method, objective, family, data, stride=1)(gradient)

    together = of(method)
    with computed(**how):
        little = of(method)
    for ours, theirs in zip(little, together, strict=True):
        ours, theirs = ravel_pytree(ours)[0], ravel_pytree(theirs)[0]
        assert jnp.abs(theirs).max() > 1e-3
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12 * jnp.abs(theirs).max())


def test_the_configuration_reaches_the_outer_update():
    config = hm.TRPO(curvature_stride=3, conjugate_gradient_iterations=4, max_divergence=0.5)
    expected = TrustRegion(stride=3, conjugate_gradient_iterations=4, max_divergence=0.5)
    assert eqx.tree_equal(config.build(1e-3), expected)


@pytest.mark.parametrize(("name", "value"), [("stride", 0), ("tries", 0), ("damping", -1.0), ("backtrack", 1.0)])
def test_values_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=f"TRPO: {name} is {value}, which is out of its range"):
        TrustRegion(**{name: value})


def test_a_family_without_policies_is_refused():
    family, key = Sine(hidden=(2,), shots=2, queries=2), jax.random.key(0)
    system = MAML(outer=hm.TRPO()).build(family, key=key)
    with pytest.raises(ValueError, match="TRPO bounds the change of policies and Sine has none: use Adam"):
        list(train(system, family, iterations=1, meta_batch=1, chunk=1, key=key))
