import equinox as eqx
import jax
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._core.evaluate import evaluate, other_descriptions, portraits
from hypermaml._core.schedule import LATER_CLIPS, LATER_RATES, choose_schedule, with_schedule
from hypermaml.families.navigation import Navigation, Plane
from hypermaml.families.sine import Sine
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.methods.maml import MAML

TRACES = []


class CountedSine(Sine):
    """Notes each trace of the score."""

    def score(self, learner, task, query):
        TRACES.append(1)
        return super().score(learner, task, query)


class HostNavigation(Navigation):
    """Is called between jits, as a simulator is."""

    on_host = True

    def test_queries(self, learners, tasks, *, key):
        assert not any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves((learners, tasks)))
        return super().test_queries(learners, tasks, key=key)


FAMILY = CountedSine(hidden=(4, 4), shots=3, queries=3)
KEY = jax.random.key(0)


def tasks_of(family, count=3):
    return family.sample(count, split="meta-test", key=KEY)


def method(settings, family=FAMILY):
    return settings.build(family, key=KEY).method


@pytest.fixture(scope="module")
def adaptation():
    return evaluate(method(MAML(inner_lr=0.05)), FAMILY, tasks_of(FAMILY), steps=3, key=KEY)


def test_shapes(adaptation):
    assert {name: values.shape for name, values in adaptation.scores.items()} == {"mse": (3, 4)}
    assert {leaf.shape[:2] for leaf in jax.tree.leaves(adaptation.learners)} == {(3, 4)}
    assert {leaf.shape for leaf in jax.tree.leaves(adaptation.support)} == {(3, 1, 3)}


def test_each_step_is_gradient_descent_on_the_support_and_each_score_of_its_learner(adaptation):
    curve = jax.tree.map(lambda leaf: leaf[1], tasks_of(FAMILY))
    support = jax.tree.map(lambda leaf: leaf[1, 0], adaptation.support)
    learner = method(MAML()).init.learner
    slope = jax.jit(jax.grad(FAMILY.inner_loss))
    for step in range(4):
        reached = jax.tree.map(lambda leaf, step=step: leaf[1, step], adaptation.learners)
        for got, expected in zip(jax.tree.leaves(reached), jax.tree.leaves(learner), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)
        query = jax.tree.map(lambda leaf: leaf[1], adaptation.query)
        score = FAMILY.score(reached, curve, query)["mse"]
        assert float(adaptation.scores["mse"][1, step]) == pytest.approx(float(score), rel=1e-5)
        learner = jax.tree.map(lambda leaf, g: leaf - 0.05 * g, learner, slope(learner, support))


def test_every_method_gets_the_same_data(adaptation):
    other = evaluate(
        method(HyperMAML(inner_lr=0.05, generator=hm.Dense(width=3))), FAMILY, tasks_of(FAMILY), steps=3, key=KEY
    )
    assert eqx.tree_equal(other.support, adaptation.support)
    # Untrained, it is MAML.
    np.testing.assert_allclose(other.scores["mse"], adaptation.scores["mse"], rtol=1e-4)


def test_policies_are_scored_by_sampled_returns_and_by_the_mean_actions():
    family = Navigation(hidden=(4, 4), shots=2, queries=2, environment=Plane(horizon=5))
    seen = evaluate(method(MAML(inner_lr=0.1), family), family, tasks_of(family), steps=2, key=KEY)
    assert {name: values.shape for name, values in seen.scores.items()} == {
        "return": (3, 3),
        "return|policy=mean": (3, 3),
    }
    assert seen.support.observations.shape == (3, 2, 2, 5, 2)
    assert not np.array_equal(seen.support.actions[:, 0], seen.support.actions[:, 1])


def test_a_family_on_the_host_is_evaluated_and_portrayed_alike():
    options = {"hidden": (4, 4), "shots": 2, "queries": 2, "environment": Plane(horizon=5)}
    seen = []
    for family in (Navigation(**options), HostNavigation(**options)):
        tasks = tasks_of(family)
        adaptation = evaluate(method(MAML(inner_lr=0.1), family), family, tasks, steps=3, key=KEY)
        paths = portraits(family, family.picture, adaptation.learners, tasks, None, KEY)
        seen.append((adaptation.scores, adaptation.learners, paths))
    for one, other in zip(*map(jax.tree.leaves, seen), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_the_schedule_replaces_the_later_rate_and_clip():
    rule = with_schedule(method(MAML(inner_lr=0.05, inner_clip=7.0)), 0.2, 5.0).adapt.rule
    np.testing.assert_allclose([rule.rate(), rule.clip(), rule.later_rate(), rule.later_clip()], [0.05, 7, 0.2, 5])


def test_the_schedule_clips_later_steps_where_training_does_not_clip():
    rule = with_schedule(method(MAML(inner_lr=0.05)), 0.2, 5.0).adapt.rule
    assert rule.clip is None
    assert rule.later_clip() == 5


def test_the_schedule_is_the_rate_then_the_clip_with_the_best_mean_over_the_later_steps():
    tasks, wild = tasks_of(FAMILY), method(MAML(inner_lr=1.0))
    chosen, choice = choose_schedule(wild, FAMILY, tasks, steps=3, key=KEY)
    traced = len(TRACES)

    def error(rate, clip):
        return np.mean(evaluate(with_schedule(wild, rate, clip), FAMILY, tasks, steps=3, key=KEY).scores["mse"][:, 2:])

    errors = {(rate, np.inf): error(rate, np.inf) for rate in LATER_RATES}
    best = min((pair for pair in errors if np.isfinite(errors[pair])), key=lambda pair: errors[pair])[0]
    errors |= {(best, clip): error(best, clip) for clip in LATER_CLIPS}
    assert len(TRACES) == traced  # all pairs are one compiled evaluation
    finite = {pair: error for pair, error in errors.items() if np.isfinite(error)}
    assert (choice["later_rate"], choice["later_clip"]) == min(finite, key=lambda pair: finite[pair])
    assert choice["later_rate"] < 1  # a rate this large overshoots
    assert float(chosen.adapt.rule.later_rate()) == pytest.approx(choice["later_rate"])


def test_with_another_description_the_method_starts_as_for_the_other_task():
    method_, tasks = method(HyperMAML(inner_lr=0.05)), tasks_of(FAMILY)
    method_ = jax.tree.map(lambda leaf: leaf + 0.1 if eqx.is_inexact_array(leaf) else leaf, method_)
    described = other_descriptions(FAMILY, 3)
    np.testing.assert_array_equal(described, [2, 0, 1])
    own = evaluate(method_, FAMILY, tasks, steps=1, key=KEY)
    other = evaluate(method_, FAMILY, tasks, steps=1, key=KEY, described=described)
    for mine, its in zip(jax.tree.leaves(own.learners), jax.tree.leaves(other.learners), strict=True):
        np.testing.assert_array_equal(mine[described, 0], its[:, 0])
    for mine, its in zip(jax.tree.leaves(own.support), jax.tree.leaves(other.support), strict=True):
        np.testing.assert_array_equal(mine, its)
    assert not np.allclose(own.scores["mse"][:, 0], other.scores["mse"][:, 0])


def test_a_control_needs_descriptions_and_another_task():
    bare = hm.ArrayFamily(np.zeros((6, 4, 1)), np.zeros((6, 4, 1)), shots=2)
    assert other_descriptions(bare, 3) is None
    assert other_descriptions(FAMILY, 1) is None
