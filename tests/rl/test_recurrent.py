"""Policies with a memory: the rollout carries it over the trajectories of a task, and a replay gives it again."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._core.collect import collect
from hypermaml.families.navigation import Navigation, Plane
from hypermaml.rl.gru import GRUPolicy, Memory
from hypermaml.rl.policy import GaussianPolicy
from hypermaml.rl.recurrent import Memoryless, recurrent, remembers, repeated

pytestmark = pytest.mark.usefixtures("float64")

KEY = jax.random.key(0)
FAMILY = Navigation(hidden=(8,), activation=jnp.tanh, shots=3, queries=3, environment=Plane(horizon=5))
along = eqx.filter_jit(lambda policy, batch: policy.along(batch).mean)
after = eqx.filter_jit(lambda policy, batch: policy.after(batch))
GOALS = np.array([[0.1, 0.0], [0.4, -0.3]])


@pytest.fixture(scope="module")
def system():
    with jax.enable_x64(True):
        return hm.RL2(state_size=4).build(FAMILY, key=KEY)


@pytest.fixture(scope="module")
def data(system):
    with jax.enable_x64(True):
        draw = eqx.filter_jit(lambda: collect(system.method, system.objective, FAMILY, jnp.asarray(GOALS), key=KEY))
        return draw()


def one(stacked: Any, index: int) -> Any:
    return jax.tree.map(lambda leaf: leaf[index], stacked)


def start(system: Any) -> GRUPolicy:
    return system.method.init(jnp.zeros(0))


def by_hand(policy: GRUPolicy, batch: Any) -> tuple[Memory, list[np.ndarray]]:
    """The memory after trajectories and the states on the way, by equinox's cell, one step taken after another."""
    memory, states, cell = policy.memory, [], eqx.filter_jit(policy.cell)
    for trajectory in range(len(batch.mask)):
        for time in range(int(batch.mask[trajectory].sum())):
            seen = [batch.observations[trajectory, time], memory.action, memory.reward[None], memory.ended[None]]
            hidden = cell(jnp.concatenate(seen), memory.hidden)
            states.append(np.asarray(hidden))
            memory = Memory(hidden, batch.actions[trajectory, time], batch.rewards[trajectory, time], jnp.zeros(()))
        memory = eqx.tree_at(lambda m: m.ended, memory, jnp.ones(()))
    return memory, states


def cut(batch: Any, taken: int) -> Any:
    """The batch, whose first trajectory ended after so many steps."""
    mask = batch.mask.at[0, taken:].set(0.0)
    erased = jax.tree.map(lambda leaf: leaf * mask.reshape(*mask.shape, *(1,) * (leaf.ndim - 2)), batch)
    return eqx.tree_at(lambda b: b.mask, erased, mask)


def test_a_replay_is_equinox_s_cell_over_the_steps_taken(system, data):
    policy, batch = start(system), cut(one(data.query[0], 1), 2)
    for _ in range(2):  # from an empty memory, and from one that is not
        memory, states = by_hand(policy, batch)
        left = after(policy, batch)
        for found, wanted in zip(jax.tree.leaves(left.memory), jax.tree.leaves(memory), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-12)
        seen = jnp.concatenate([batch.observations[batch.mask > 0], jnp.stack(states)], axis=1)
        taken = np.asarray(batch.mask) > 0
        np.testing.assert_allclose(along(policy, batch)[taken], policy.policy.many(seen).mean, rtol=1e-10, atol=1e-12)
        policy = left


def test_trajectories_of_a_task_share_a_memory_and_those_of_two_tasks_do_not(system, data):
    for task in range(len(GOALS)):
        policy = start(system)
        assert not any(np.any(leaf) for leaf in jax.tree.leaves(policy.memory))
        for batch in (one(query, task) for query in data.query):
            taken = np.asarray(batch.mask) > 0
            np.testing.assert_allclose(along(policy, batch)[taken], batch.behaviour.mean[taken], rtol=1e-10, atol=1e-12)
            policy = after(policy, batch)
        forgetful = along(start(system), one(data.query[1], task))
        assert np.abs(forgetful - data.query[1].behaviour.mean[task]).max() > 1e-4
    later = one(data.query[0], 1)
    alone = jax.tree.map(lambda leaf: leaf[1:2], later)
    assert np.abs(start(system).along(alone).mean[0] - later.behaviour.mean[1]).max() > 1e-4


@pytest.mark.product
def test_trajectories_of_a_test_begin_with_the_memory_and_are_side_by_side(system, data):
    policy = after(start(system), one(data.query[0], 1))
    seen, mean = FAMILY.test_query(policy, jnp.asarray(GOALS[1]), key=KEY)
    first = policy.act(repeated(policy.memory, 1), seen.observations[:1, 0])
    np.testing.assert_allclose(seen.behaviour.mean[:, 0], jnp.repeat(first[0].mean, 3, axis=0), rtol=1e-12)
    assert mean.rewards.shape == (1, 5)
    np.testing.assert_allclose(policy.many(seen.observations[:, 0]).mean, seen.behaviour.mean[:, 0], rtol=1e-12)


def test_the_outer_gradient_passes_through_the_memory_to_the_first_step(system, data):
    query, late = one(data.query[0], 1), one(data.query[1], 1)

    def loss(first: jax.Array) -> jax.Array:
        moved = eqx.tree_at(lambda b: b.observations, query, query.observations.at[0, 0].set(first))
        return FAMILY.outer_loss(start(system).after(moved), late)

    loss = jax.jit(loss)
    slope = jax.grad(loss)(query.observations[0, 0])
    step = 1e-5 * jnp.asarray([1.0, -2.0])
    change = loss(query.observations[0, 0] + step) - loss(query.observations[0, 0] - step)
    assert abs(float(change)) > 0
    np.testing.assert_allclose(2 * slope @ step, change, rtol=1e-4)


def test_a_policy_that_ignores_its_memory_is_the_family_s_own(system, data):
    policy, batch = start(system), one(data.query[0], 1)
    weight = policy.policy.network.layers[0].weight
    blind = eqx.tree_at(lambda p: p.policy.network.layers[0].weight, policy, weight.at[:, 2:].set(0.0))
    own = eqx.tree_at(lambda p: p.network.layers[0].weight, policy.policy, weight[:, :2])
    np.testing.assert_allclose(along(blind, batch), recurrent(own).along(batch).mean, rtol=1e-12)
    np.testing.assert_allclose(FAMILY.outer_loss(blind, batch), FAMILY.outer_loss(own, batch), rtol=1e-12)


def test_a_policy_without_a_memory_has_nothing_to_carry():
    policy = GaussianPolicy(2, 2, hidden=(3,), key=KEY)
    assert not remembers(policy)
    plain = recurrent(policy)
    assert isinstance(plain, Memoryless)
    assert plain.note(plain.memory, None, None) == plain.memory == ()
    assert plain.after(None) is plain
