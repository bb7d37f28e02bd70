"""The loop of rollouts on the host, with environments that count."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from hypermaml.rl.categorical import Categorical, CategoricalPolicy
from hypermaml.rl.gru import GRUPolicy, Memory
from hypermaml.rl.host import AbstractHostRun, HostStep, host_rollout

KEY = jax.random.key(0)


class Counters(AbstractHostRun):
    """Each ends after as many steps as its task says; a reward is the number of the step."""

    def __init__(self, tasks, generator):
        self.lengths, self.time = tasks, 0

    def observe(self):
        return np.stack([np.full(len(self.lengths), self.time), self.lengths], axis=-1)

    def step(self, action, alive):
        self.time += 1
        reward = np.full(len(alive), float(self.time))
        return HostStep(reward, alive, self.time >= self.lengths, (10 * reward,))


def test_trajectories_end_and_what_is_recorded_is_not_a_number_then():
    policies = jax.vmap(lambda key: CategoricalPolicy(2, 3, hidden=(4,), key=key))(jax.random.split(KEY, 2))
    how = {"behaviour": Categorical, "horizon": 6, "action_size": 3, "size": 2, "key": KEY}
    seen, (record,), run = host_rollout(policies, Counters, jnp.array([2, 4]), **how)
    assert run.time == 4  # no step after the last end
    np.testing.assert_array_equal(seen.mask[:, 0], [[1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0]])
    np.testing.assert_array_equal(seen.returns(), [[3, 3], [10, 10]])
    np.testing.assert_array_equal(record[1, 0], [10, 20, 30, 40, np.nan, np.nan])
    np.testing.assert_array_equal(seen.observations[1, 0, :, 0], [0, 1, 2, 3, 0, 0])
    assert seen.actions.shape == seen.behaviour.logits.shape == (2, 2, 6, 3)
    np.testing.assert_array_equal(seen.actions.sum(-1), seen.mask)
    wanted = jax.vmap(lambda policy, o: policy.many(o))(policies, seen.observations[:, :, 1]).logits
    np.testing.assert_allclose(seen.behaviour.logits[:, :, 1], wanted, rtol=1e-5)


def test_the_key_decides_the_actions():
    policies = jax.vmap(lambda key: CategoricalPolicy(2, 3, hidden=(4,), key=key))(jax.random.split(KEY, 1))

    def actions(key, sampled=True):
        how = {"behaviour": Categorical, "horizon": 8, "action_size": 3, "size": 3, "key": key, "sampled": sampled}
        return np.asarray(host_rollout(policies, Counters, jnp.array([8]), **how)[0].actions)

    np.testing.assert_array_equal(actions(KEY), actions(KEY))
    assert (actions(KEY) != actions(jax.random.key(1))).any()
    most_likely = actions(KEY, sampled=False)
    np.testing.assert_array_equal(most_likely[:, :1], most_likely[:, 1:2])


def test_the_memory_of_each_trajectory_is_carried_from_step_to_step():
    memory = Memory(jnp.full((2, 3), 0.3), jnp.zeros((2, 3)), jnp.ones(2), jnp.ones(2))
    parts = eqx.nn.GRUCell(7, 3, key=KEY), CategoricalPolicy(5, 3, hidden=(4,), key=KEY)
    cell, policy = jax.tree.map(lambda leaf: jnp.stack([leaf, 2 * leaf]), parts)
    policies = GRUPolicy(cell=cell, policy=policy, memory=memory)
    how = {"behaviour": Categorical, "horizon": 4, "action_size": 3, "size": 2, "key": KEY}
    seen, _, _ = host_rollout(policies, Counters, jnp.array([3, 4]), **how)
    # A replay takes trajectories one after another, so each is replayed by itself.
    apart = jax.tree.map(lambda leaf: leaf[:, :, None], seen)
    again = jax.vmap(lambda policy, each: jax.vmap(policy.along)(each))(policies, apart).logits[:, :, 0]
    taken = np.asarray(seen.mask) > 0
    np.testing.assert_allclose(seen.behaviour.logits[taken], again[taken], rtol=1e-4, atol=1e-6)


def test_what_a_task_draws_does_not_depend_on_the_tasks_beside_it():
    policies = jax.vmap(lambda key: CategoricalPolicy(2, 3, hidden=(4,), key=key))(jax.random.split(KEY, 3))
    how = {"behaviour": Categorical, "horizon": 8, "action_size": 3, "size": 3, "key": KEY}
    whole = host_rollout(policies, Counters, jnp.array([8, 8, 8]), **how)[0].actions
    last = jax.tree.map(lambda leaf: leaf[2:], policies)
    alone = host_rollout(last, Counters, jnp.array([8]), **how, numbers=[2])[0].actions
    np.testing.assert_array_equal(alone[0], whole[2])
    assert (whole[0] != whole[1]).any()
