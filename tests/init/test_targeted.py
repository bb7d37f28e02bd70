import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from hypermaml._core.collect import Data
from hypermaml._core.evaluate import evaluate
from hypermaml._core.meta_loss import meta_loss
from hypermaml._core.task_info import TaskInfo
from hypermaml._core.trees import NonTrainable
from hypermaml.families.clustered_sine import ClusteredSine
from hypermaml.families.sine import Sine
from hypermaml.init.targeted import Targeted, draw_sources, signatures_of, systematic
from hypermaml.init.weighting import AbstractWeighting
from hypermaml.methods.maml import MAML
from hypermaml.methods.tasml import TASML
from hypermaml.methods.weighted_maml import WeightedMAML

KEY = jax.random.key(0)


class Given(AbstractWeighting):
    """The same weights for every target."""

    weights: NonTrainable

    def __call__(self, signature):
        return self.weights()


def targeted(weights, *, steps, drawn, own):
    family = Sine(hidden=(6, 6), shots=4, queries=5)
    system = MAML(inner_lr=0.05).build(family, key=KEY)
    sources = draw_sources(family, len(weights), key=jax.random.key(1))
    init = Targeted(
        system.method,
        system.objective,
        family,
        sources,
        Given(NonTrainable(jnp.asarray(weights))),
        NonTrainable(0.01),
        steps,
        drawn,
        own,
    )
    support = family.batch(
        None, jax.tree.map(lambda leaf: leaf[0], family.sample(1, split="meta-test", key=KEY)), size=4, key=KEY
    )
    return family, system, sources, init, support


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("own", [pytest.param(False, marks=pytest.mark.product), True])
def test_it_takes_adams_steps_on_the_source_that_counts(own):
    family, system, sources, init, support = targeted([0.0, 1.0, 0.0], steps=3, drawn=2, own=own)
    blank = TaskInfo(jnp.zeros(0), jnp.zeros(0), support=support)
    target = jax.tree.map(lambda leaf: leaf[None], Data(blank, None, (support,)))
    second = jax.tree.map(lambda leaf: leaf[1:2], sources)
    learner, optimizer = system.method.init.learner, optax.adam(0.01)

    def loss(learner):
        method = eqx.tree_at(lambda m: m.init.learner, system.method, learner)
        value = meta_loss(method, system.objective, family, second)[0]
        return value + (meta_loss(method, system.objective, family, target)[0] if own else 0.0)

    moments = optimizer.init(learner)
    for _ in range(3):
        updates, moments = optimizer.update(jax.grad(loss)(learner), moments)
        learner = optax.apply_updates(learner, updates)
    for found, expected in zip(jax.tree.leaves(init(support)), jax.tree.leaves(learner), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_without_steps_it_starts_where_the_method_does():
    _, system, _, init, support = targeted([0.5, 0.5], steps=0, drawn=2, own=True)
    pairs = zip(jax.tree.leaves(init(support)), jax.tree.leaves(system.method.init.learner), strict=True)
    assert all(np.array_equal(found, expected) for found, expected in pairs)


def test_sources_are_drawn_as_often_as_they_weigh():
    weights = jnp.asarray([0.1, 0.0, 0.6, 0.3])
    drawn = np.concatenate([systematic(weights, 7, jnp.asarray(index)) for index in range(300)])
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / len(drawn), weights, atol=0.005)
    assert 1 not in drawn
    one = np.bincount(systematic(weights, 10, jnp.asarray(3)), minlength=4)
    assert (np.abs(one - 10 * np.asarray(weights)) <= 1).all()


@pytest.mark.parametrize("settings", [WeightedMAML, TASML])
def test_weights_lie_in_the_cluster_of_the_target(settings):
    """Each target's support set alone tells which source tasks are like it."""
    family = ClusteredSine(hidden=(4, 4), target=4)
    made = settings(sources=60, target_iterations=1)
    method = made.tested(made.build(family, key=KEY).method, family, None, steps=1, key=KEY)
    tasks = family.sample(5, split="meta-test", key=KEY)
    supports = family.batches(None, tasks, size=10, key=KEY)
    weights = jax.vmap(lambda support: method.init.weighting(family.signature(support)))(supports)
    own = signatures_of(family, draw_sources(family, 60, key=KEY))
    assert own.shape == (60, 121)
    sources = family.sample(60, split="meta-train", key=jax.random.split(KEY)[0])
    inside = (np.abs(np.asarray(sources.amplitude) - 4) <= 0.5) & (np.asarray(sources.phase) < 1)
    assert 5 < inside.sum() < 25
    assert (np.asarray(weights)[:, inside].sum(1) > 0.5).all()
    np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-5)


@pytest.mark.parametrize("settings", [WeightedMAML, TASML])
def test_training_on_for_a_target_helps_it(settings):
    family = ClusteredSine(hidden=(20, 20), target=2)
    made = settings(sources=60, target_iterations=150, target_batch=10, target_lr=0.003)
    maml = made.build(family, key=KEY).method
    method = made.tested(maml, family, None, steps=1, key=KEY)
    tasks = family.sample(4, split="meta-test", key=KEY)
    before, after = (
        np.asarray(evaluate(each, family, tasks, steps=2, key=KEY).scores["mse"]).mean(0) for each in (maml, method)
    )
    assert (after < 0.7 * before).all()
    again = np.asarray(evaluate(method, family, tasks, steps=2, key=KEY).scores["mse"]).mean(0)
    assert np.array_equal(after, again)
