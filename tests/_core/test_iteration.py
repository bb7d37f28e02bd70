"""The two stages of a meta-iteration: what is collected, what replay makes of it, and the gradient, in float64."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import hypermaml as hm
from hypermaml._core.budget import environment_steps
from hypermaml._core.collect import collect
from hypermaml._core.execution import computed
from hypermaml._core.meta_loss import adapted, meta_gradient, meta_loss
from hypermaml._core.method import Method
from hypermaml._core.objective import Objective, after_adaptation, before_adaptation
from hypermaml._core.train import train
from hypermaml._core.trees import NonTrainable, split_trainable
from hypermaml.adapt.adjoint import Backprop, FirstOrder
from hypermaml.adapt.rule import SGD
from hypermaml.adapt.unroll import Unroll
from hypermaml.embed.simple import NoEmbedding
from hypermaml.embed.standardized import Standardized, given_descriptor
from hypermaml.families.navigation import Navigation, Plane
from hypermaml.families.sine import Sine
from hypermaml.init.dense import DenseChange
from hypermaml.init.generator import Generator
from hypermaml.init.shared import Constant
from hypermaml.methods import METHODS as METHODS_OF_ALL
from hypermaml.methods.conditioned import Conditioned
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.methods.maml import MAML
from hypermaml.methods.mmaml import MMAML
from hypermaml.methods.pretrained import Pretrained
from hypermaml.nn.mlp import MLP
from hypermaml.rl.estimators import DiCE

pytestmark = pytest.mark.usefixtures("float64")

TASKS = 3


class SmoothSine(Sine):
    """Sine with a network that has a derivative everywhere."""

    def learner(self, *, context=0, key):
        return MLP((1 + context, *self.hidden, 1), activation=jnp.tanh, key=key)


class SineInTurn(SmoothSine):
    """Its tasks are taken one at a time."""

    one_task_at_a_time: ClassVar[bool] = True


class NavigationTogether(Navigation):
    """Its tasks are taken all at once."""

    one_task_at_a_time: ClassVar[bool] = False


def sine(kind=SmoothSine):
    return kind(hidden=(4, 4), shots=3, queries=4)


def navigation(kind=Navigation, **options):
    return kind(hidden=(4, 4), shots=2, queries=3, activation=jnp.tanh, environment=Plane(horizon=5), **options)


def tasks_of(family):
    return family.sample(TASKS, split="meta-train", key=jax.random.key(5))


def shaken(tree, size=0.1):
    """Moves φ to an arbitrary point, away from heads of zero."""
    phi, rest = split_trainable(tree)
    flat, unravel = ravel_pytree(phi)
    return eqx.combine(unravel(flat + size * jax.random.normal(jax.random.key(6), flat.shape)), rest)


def maml(family, *, clip=jnp.inf, adjoint=None, rate=0.1):
    learner = family.learner(key=jax.random.key(0))
    return Method(NoEmbedding(), Constant(learner), Unroll(SGD(rate, clip=clip), adjoint or Backprop()))


def hypermaml(family, **how):
    plain, tasks = maml(family, **how), tasks_of(family)
    embed = Standardized.fit(given_descriptor, family.task_infos(tasks, key=jax.random.key(1)))
    generator = Generator(DenseChange(plain.init.learner, 2, width=6, key=jax.random.key(2)), plain.init.learner)
    return shaken(Method(embed, generator, plain.adapt))


def learned_rates(family):
    """A trained rate for each leaf."""
    return jax.tree.map(lambda leaf: jnp.asarray(0.1 + 0.01 * leaf.ndim), family.learner(key=jax.random.key(0)))


METHODS = {"maml": maml, "hypermaml": hypermaml}


def same(one, two):
    return all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True))


def close(one, two, tolerance):
    one, two = np.asarray(ravel_pytree(one)[0]), np.asarray(ravel_pytree(two)[0])
    np.testing.assert_allclose(one, two, rtol=0, atol=tolerance * np.abs(two).max())


gather = eqx.filter_jit(collect)
loss_of = eqx.filter_jit(lambda *what: meta_loss(*what)[0])
gradient_of = eqx.filter_jit(meta_gradient)


def along(method, direction, objective, family, data, size=1e-5):
    """The derivative of the outer loss along a direction in φ, by central differences."""
    phi, rest = split_trainable(method)

    def at(step):
        moved = eqx.combine(jax.tree.map(lambda p, d: p + step * d, phi, direction), rest)
        return float(gradient_of(moved, objective, family, data)[1].loss)

    return (at(size) - at(-size)) / (2 * size)


def check_differences(method, objective, family, parts, key):
    """The gradient along a random direction in each part of φ, and in all of it."""
    data = gather(method, objective, family, tasks_of(family), key=key)
    gradient, _ = gradient_of(method, objective, family, data)
    for seed, part in enumerate(parts):
        nothing = jax.tree.map(jnp.zeros_like, gradient)
        leaves, structure = jax.tree.flatten(part(gradient))
        keys = jax.random.split(jax.random.key(seed), len(leaves))
        chosen = [jax.random.normal(k, leaf.shape) for k, leaf in zip(keys, leaves, strict=True)]
        direction = eqx.tree_at(part, nothing, jax.tree.unflatten(structure, chosen))
        expected = along(method, direction, objective, family, data)
        got = sum(jnp.vdot(g, d) for g, d in zip(jax.tree.leaves(gradient), jax.tree.leaves(direction), strict=True))
        assert abs(expected) > 1e-6  # the part matters
        assert float(got) == pytest.approx(expected, rel=1e-6)


PARTS = {
    "maml": [lambda m: m, lambda m: m.init.learner],
    "hypermaml": [lambda m: m, lambda m: m.init.change.features, lambda m: m.init.change.weight, lambda m: m.init.bias],
}


@pytest.mark.parametrize("clip", [jnp.inf, 1e3, 0.5], ids=["unclipped", "inactive", "active"])
@pytest.mark.parametrize(
    ("name", "steps"), [pytest.param("maml", 3, marks=pytest.mark.product), ("hypermaml", 1), ("hypermaml", 3)]
)
def test_sine_meta_gradient_equals_finite_differences(name, steps, clip):
    family = sine()
    method = METHODS[name](family, clip=clip, rate=learned_rates(family))
    parts = [*PARTS[name], lambda m: m.adapt.rule.rate]
    check_differences(method, after_adaptation(steps), family, parts, jax.random.key(7))


@pytest.mark.product
def test_navigation_meta_gradient_equals_finite_differences():
    family = navigation(estimator=DiCE())
    method = hypermaml(family, clip=0.3, rate=NonTrainable(0.5))
    check_differences(method, Objective((0.2, 0.0, 0.0, 0.8), 3), family, PARTS["hypermaml"], jax.random.key(7))


@pytest.mark.parametrize(
    ("name", "rates"), [pytest.param("maml", "given", marks=pytest.mark.product), ("hypermaml", "learned")]
)
def test_tasks_in_turn_give_the_gradient_of_tasks_together(name, rates):
    family, objective = sine(), after_adaptation(2)
    method = METHODS[name](family, clip=1.0, rate=learned_rates(family) if rates == "learned" else NonTrainable(0.1))
    data = gather(method, objective, family, tasks_of(family), key=jax.random.key(7))
    phi, rest = split_trainable(method)
    together = eqx.filter_jit(jax.grad(lambda phi: meta_loss(eqx.combine(phi, rest), objective, family, data)[0]))(phi)
    in_turn, metrics = gradient_of(method, objective, sine(SineInTurn), data)
    assert jax.tree.structure(in_turn) == jax.tree.structure(phi)
    close(in_turn, together, 1e-12)
    close(metrics.loss, loss_of(method, objective, family, data), 1e-14)


@pytest.mark.parametrize(
    "how",
    [
        {"tasks_at_once": 2, "recompute": True},
        pytest.param({"tasks_at_once": 2}, marks=pytest.mark.product),
        pytest.param({"recompute": True}, marks=pytest.mark.product),
    ],
)
def test_less_memory_gives_the_same_gradient(how):
    family, objective = sine(), after_adaptation(3)
    method = hypermaml(family, rate=learned_rates(family))
    data = gather(method, objective, family, tasks_of(family), key=jax.random.key(7))
    together = gradient_of(method, objective, family, data)
    with computed(**how):
        little = gradient_of(method, objective, family, data)
    close(little[0], together[0], 1e-12)
    for one, two in zip(jax.tree.leaves(little[1]), jax.tree.leaves(together[1]), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-13)  # loss and losses of each step; whether each task was finite


@pytest.mark.product
@pytest.mark.parametrize("name", ["maml", "reptile", "imaml", "hypermaml_algorithm_2"])
def test_chunks_of_tasks_train_as_all_tasks_together(name):
    family = sine()
    system = METHODS_OF_ALL[name](inner_steps=3).build(family, key=jax.random.key(0))
    how = {"iterations": 4, "meta_batch": 5, "chunk": 2, "key": jax.random.key(1)}
    *_, (together, _) = train(system, family, **how)
    with computed(tasks_at_once=2, recompute=True):
        *_, (little, _) = train(system, family, **how)
    close(split_trainable(little.method)[0], split_trainable(together.method)[0], 1e-9)


def test_navigation_in_turn_gives_the_gradient_of_navigation_together():
    family, objective = navigation(), after_adaptation(1)
    method = hypermaml(family, rate=NonTrainable(0.5))
    data = gather(method, objective, family, tasks_of(family), key=jax.random.key(7))
    together, _ = gradient_of(method, objective, navigation(NavigationTogether), data)
    close(gradient_of(method, objective, family, data)[0], together, 1e-12)


def test_first_order_gradient_is_the_one_at_the_adapted_weights():
    family, objective = sine(), after_adaptation(1)
    second = hypermaml(family, rate=NonTrainable(0.1))
    first = eqx.tree_at(lambda m: m.adapt.adjoint, second, FirstOrder())
    data = gather(second, objective, family, tasks_of(family), key=jax.random.key(7))
    assert float(loss_of(first, objective, family, data)) == float(loss_of(second, objective, family, data))
    of_first, of_second = (gradient_of(method, objective, family, data)[0] for method in (first, second))

    def starts(init):
        return jax.vmap(lambda task_info: init(second.embed(task_info)))(data.task_info)

    def of_task(start, data):
        support, query = data.task_info.support, data.query[0]
        pull = jax.grad(family.inner_loss)(start, support)
        return jax.grad(family.outer_loss)(jax.tree.map(lambda leaf, g: leaf - 0.1 * g, start, pull), query)

    @jax.jit
    def by_hand(init):
        start, pull = jax.vjp(starts, init)
        return pull(jax.tree.map(lambda leaf: leaf / TASKS, jax.vmap(of_task)(start, data)))[0]

    close(of_first.init, by_hand(second.init), 1e-12)
    one, two = np.asarray(ravel_pytree(of_first)[0]), np.asarray(ravel_pytree(of_second)[0])
    assert np.linalg.norm(one - two) > 0.01 * np.linalg.norm(two)


@pytest.mark.parametrize("family", [sine(), navigation()], ids=["sine", "navigation"])
def test_replay_passes_the_learners_that_collected(family):
    """At the same φ, replay on the stored support ends at the very learners that drew the query."""
    method, objective = hypermaml(family, rate=NonTrainable(0.1), clip=1.0), Objective((0.3, 0.3, 0.0, 0.4), 3)
    data = gather(method, objective, family, tasks_of(family), key=jax.random.key(7))

    @eqx.filter_jit
    def replayed(method, data):
        return jax.vmap(lambda data: adapted(method, method.start(data.task_info), objective, family, data)[0])(data)

    learners = replayed(method, data)
    assert len(learners) == len(data.query) == 3
    assert not same(learners[0], learners[1])
    assert not same(learners[1], learners[2])
    if family.on_policy:
        for learner, query in zip(learners, data.query, strict=True):
            log_prob = jax.vmap(family.distribution)(learner, query).log_prob(query.actions)
            np.testing.assert_allclose(log_prob, query.log_prob, rtol=0, atol=1e-10)
        first = jax.tree.map(lambda leaf: leaf[:, 1], data.support)
        assert same(data.query[1], first)  # it was drawn with the learner after step 1, which has not seen it
        behaviour = data.support.behaviour
        noise = (data.support.actions - behaviour.mean) * jnp.exp(-behaviour.log_std)
        assert len(np.unique(np.round(noise, 9))) == noise.size  # each step draws its own
    else:
        assert data.support is None
        assert data.task_info.support.x.shape == (TASKS, 3)  # one support set for all steps
        assert all(query is data.query[0] or same(query, data.query[0]) for query in data.query)


def test_collected_data_carry_no_gradient():
    family, objective = navigation(), after_adaptation(1)
    method = maml(family, rate=NonTrainable(0.1))
    phi, rest = split_trainable(method)

    def loss(phi):
        data = collect(eqx.combine(phi, rest), objective, family, tasks_of(family), key=jax.random.key(7))
        return meta_loss(method, objective, family, data)[0]

    assert not np.any(ravel_pytree(jax.jit(jax.grad(loss))(phi))[0])


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("settings", [MAML, HyperMAML, Conditioned, Pretrained])
def test_methods_with_and_without_inner_steps_use_equally_much_data(settings, steps):
    """Supervised inner steps share one support set; in reinforcement learning each step draws its own."""

    def use(family, leaf):
        system = settings(inner_steps=steps).build(family, key=jax.random.key(0))
        how = (system.method, system.objective, family, tasks_of(family))
        data = eqx.filter_eval_shape(collect, *how, key=jax.random.key(7))
        query = leaf(data.query[-1]).size  # those before it are the same one, or the support of the next step
        support = data.support if family.on_policy else data.task_info.support
        return query, 0 if support is None else leaf(support).size, system.objective

    family = sine()
    query, support, objective = use(family, lambda batch: batch.x)
    assert query + support == TASKS * (family.shots + family.queries)
    assert environment_steps(objective, family, TASKS) == 0

    family = navigation()
    query, support, objective = use(family, lambda batch: batch.mask)
    assert query + support == TASKS * (steps * family.shots + family.queries) * family.environment.horizon
    assert environment_steps(objective, family, TASKS) == query + support


def test_a_support_set_that_is_read_is_not_given_to_the_query_again():
    """A set encoder reads the support set though no inner step is taken."""
    family = sine()
    system = MMAML(embedder=hm.SupportSet("mean", width=4, size=2)).build(family, key=jax.random.key(0))
    objective = before_adaptation(budget=1)
    data = gather(system.method, objective, family, tasks_of(family), key=jax.random.key(7))
    assert data.task_info.support.x.shape == (TASKS, family.shots)
    assert data.query[0].x.shape == (TASKS, family.queries)
    blind = gather(maml(family, rate=NonTrainable(0.1)), objective, family, tasks_of(family), key=jax.random.key(7))
    assert blind.task_info.support is None
    assert blind.query[0].x.shape == (TASKS, family.queries + family.shots)


def test_metrics_say_what_is_finite():
    family, objective = sine(), after_adaptation(3)
    method = maml(family, rate=NonTrainable(0.1))
    data = gather(method, objective, family, tasks_of(family), key=jax.random.key(7))
    _, metrics = gradient_of(method, objective, family, data)
    assert metrics.finite.shape == (TASKS, 4)
    assert metrics.finite.all()
    spoilt = eqx.tree_at(lambda d: d.query[0].y, data, data.query[0].y.at[1].set(jnp.nan))
    _, metrics = gradient_of(method, objective, family, spoilt)
    np.testing.assert_array_equal(~metrics.finite, np.arange(TASKS * 4).reshape(TASKS, 4) == 7)
    spoilt = eqx.tree_at(lambda d: d.task_info.support.y, data, data.task_info.support.y.at[2, 1].set(jnp.nan))
    _, metrics = gradient_of(method, objective, family, spoilt)
    assert metrics.finite[:2].all()
    assert not metrics.finite[2].any()
