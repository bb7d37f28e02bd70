"""An encoder of exploratory trajectories, and the stage of a meta-iteration that draws them."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._core.budget import environment_steps
from hypermaml._core.collect import collect
from hypermaml._core.evaluate import evaluate
from hypermaml._core.meta_loss import meta_gradient
from hypermaml.families.navigation import Navigation, Plane
from hypermaml.families.sine import Sine
from hypermaml.methods.hypermaml import HyperMAML

KEY = jax.random.key(0)
FAMILY = Navigation(description="none", hidden=(4,), shots=2, queries=2, environment=Plane(horizon=5))
SMALL = {"generator": hm.Dense(width=4), "embedder": hm.Trajectories(count=6, width=4, size=3)}


@pytest.fixture(scope="module")
def system():
    return HyperMAML(**SMALL).build(FAMILY, key=KEY)


@pytest.fixture(scope="module")
def data(system):
    tasks = FAMILY.sample(3, split="meta-train", key=KEY)
    return eqx.filter_jit(collect)(system.method, system.objective, FAMILY, tasks, key=KEY)


def test_exploration_is_drawn_before_the_first_step_and_costs_its_environment_steps(system, data):
    assert data.task_info.explored.actions.shape == (3, 6, 5, 2)
    assert data.support.actions.shape == (3, 1, 2, 5, 2)
    # A task: 2 support trajectories, 2 query trajectories, 6 to explore with, of 5 steps each.
    assert environment_steps(system.objective, FAMILY, 3, explores=system.method.embed.explores) == 3 * 10 * 5
    assert environment_steps(system.objective, FAMILY, 3) == 3 * 4 * 5


def test_the_embedding_reads_rewards_and_neither_the_order_nor_steps_after_the_end(system, data):
    embed = system.method.embed
    one = jax.tree.map(lambda leaf: leaf[0], data.task_info)
    seen = embed(one)
    turned = jax.tree.map(lambda leaf: leaf[::-1], one.explored)
    np.testing.assert_allclose(embed(eqx.tree_at(lambda e: e.explored, one, turned)), seen, rtol=1e-4, atol=1e-6)
    other = eqx.tree_at(lambda e: e.explored.rewards, one, one.explored.rewards - 1.0)
    assert not np.allclose(embed(other), seen, rtol=1e-3)
    ended = eqx.tree_at(lambda e: e.explored.mask, one, one.explored.mask.at[:, 3:].set(0.0))
    cut = eqx.tree_at(lambda e: e.explored, one, jax.tree.map(lambda leaf: leaf[:, :3], one.explored))
    np.testing.assert_allclose(embed(ended), embed(cut), rtol=1e-4, atol=1e-6)


def test_the_outer_gradient_reaches_the_encoder_and_tests_explore_too(system, data):
    method = eqx.tree_at(
        lambda m: m.init.change.weight, system.method, jax.tree.map(jnp.ones_like, system.method.init.change.weight)
    )
    gradient, _ = eqx.filter_jit(meta_gradient)(method, system.objective, FAMILY, data)
    assert all(np.any(leaf) for leaf in jax.tree.leaves(gradient.embed))
    tasks = FAMILY.sample(2, split="meta-test", key=KEY)
    assert evaluate(method, FAMILY, tasks, steps=1, key=KEY).scores["return"].shape == (2, 2)


def test_a_family_without_trajectories_is_refused():
    with pytest.raises(ValueError, match="embedder is Trajectories, but Sine has no trajectories"):
        HyperMAML(embedder=hm.Trajectories()).build(Sine(), key=KEY)
