import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.nn.wrappers import Context
from hypermaml.rl.host import Draws
from hypermaml.rl.policy import GaussianPolicy
from hypermaml.sim import rollout as module
from hypermaml.sim.body import Ant, HalfCheetah
from hypermaml.sim.host import Simulations
from hypermaml.sim.rollout import rollout
from hypermaml.sim.track import Track

KEY = jax.random.key(3)


def policies(body, n, *, context=0):
    size = body.observation_size + context
    keys = jax.random.split(jax.random.key(0), n)
    return jax.vmap(lambda key: GaussianPolicy(size, body.action_size, hidden=(8,), key=key))(keys)


@pytest.mark.parametrize("body", [HalfCheetah(), Ant(variant="gymnasium")], ids=str)
def test_trajectories_are_what_the_simulations_do_with_the_actions(body):
    track, tasks, size = Track(body, "velocity", horizon=12), jnp.array([0.5, 1.5]), 3
    learners = policies(body, 2)
    seen, record = rollout(learners, track, tasks, size=size, key=KEY)
    assert seen.observations.shape == (2, size, 12, body.observation_size)
    assert seen.actions.shape == seen.behaviour.mean.shape == (2, size, 12, body.action_size)
    assert seen.mask.min() == 1
    assert (record.broken == -1).all()
    draws = Draws(KEY, [0, 1])
    position, velocity = track.start(np.repeat(tasks, size), draws)
    noise = draws.standard_normal((2 * size, 12, body.action_size), np.float32)
    simulated = Simulations(body, 2 * size)
    now = simulated.reset(position, velocity)
    for time in range(12):
        observation = body.observe(now).reshape(2, size, -1).astype(np.float32)
        np.testing.assert_array_equal(seen.observations[:, :, time], observation)
        behaviour = jax.vmap(lambda policy, o: policy.many(o))(learners, jnp.asarray(observation))
        np.testing.assert_allclose(seen.behaviour.mean[:, :, time], behaviour.mean, atol=1e-5)
        drawn = seen.behaviour.mean[:, :, time] + noise[:, time].reshape(2, size, -1)  # σ is 1
        np.testing.assert_allclose(seen.actions[:, :, time], drawn, atol=1e-5)
        np.testing.assert_allclose(record.pose[:, :, time].reshape(2 * size, -1), now.position, atol=1e-5)
        action = np.asarray(seen.actions[:, :, time]).reshape(2 * size, -1)
        before = now._replace(position=now.position.copy())
        now = simulated.step(action, np.ones(2 * size, bool))
        reward = track.reward(np.repeat(tasks, size), before, action, now)
        np.testing.assert_allclose(seen.rewards[:, :, time].reshape(-1), reward, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(
            record.step_metric[:, :, time].reshape(-1), body.speed(before, now), rtol=1e-4, atol=1e-5
        )


def test_the_key_decides_all_and_the_mean_action_has_no_noise():
    track, tasks = Track(HalfCheetah(), "direction", horizon=5), jnp.array([1.0])
    learners = policies(track.body, 1)
    first, again = (rollout(learners, track, tasks, size=2, key=KEY)[0] for _ in range(2))
    for one, other in zip(jax.tree.leaves(first), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(one, other)
    other, _ = rollout(learners, track, tasks, size=2, key=jax.random.key(4))
    assert (other.actions != first.actions).any()
    mean, _ = rollout(learners, track, tasks, size=2, key=KEY, sampled=False)
    np.testing.assert_array_equal(mean.actions, mean.behaviour.mean)
    np.testing.assert_array_equal(mean.observations[:, :, 0], first.observations[:, :, 0])


def test_each_task_has_its_own_policy_and_context():
    track, tasks = Track(HalfCheetah(), "velocity", horizon=3), jnp.array([1.0, 1.0])
    network = jax.tree.map(lambda leaf: jnp.stack([leaf[0], leaf[0]]), policies(track.body, 1, context=1))
    learners = Context(network, jnp.array([[0.0], [4.0]]))
    seen, _ = rollout(learners, track, tasks, size=2, key=KEY)
    alike, _ = rollout(Context(network, jnp.zeros((2, 1))), track, tasks, size=2, key=KEY)
    assert (seen.behaviour.mean[1] != alike.behaviour.mean[1]).any()
    np.testing.assert_array_equal(seen.behaviour.mean[0], alike.behaviour.mean[0])


def test_an_ant_that_falls_ends_its_trajectory():
    track, tasks = Track(Ant(), "velocity", horizon=60), jnp.array([1.0])
    learners = policies(track.body, 1)
    learners = jax.tree.map(lambda leaf: 3 * leaf, learners)  # wild motions
    seen, record = rollout(learners, track, tasks, size=20, key=KEY)
    lengths = seen.mask.sum(-1)[0]
    fallen = np.flatnonzero(np.asarray(lengths) < 60)
    assert len(fallen)
    for index in fallen:
        end = int(lengths[index])
        np.testing.assert_array_equal(seen.mask[0, index], np.arange(60) < end)
        for values in (seen.observations, seen.actions, seen.rewards, seen.behaviour.mean, seen.behaviour.log_std):
            assert not np.asarray(values[0, index, end:]).any()
        assert np.isnan(record.step_metric[0, index, end:]).all()
        assert np.isfinite(record.step_metric[0, index, :end]).all()
        # Its last step is the one it fell in, and is paid.
        assert seen.rewards[0, index, end - 1] != 0
    assert (record.broken == -1).all()


def test_a_state_that_is_not_finite_ends_its_trajectory_before_the_step(monkeypatch):
    class Bursting(Simulations):
        steps = 0

        def reset(self, position, velocity, *, models=None):
            self.steps = 0
            return super().reset(position, velocity, models=models)

        def step(self, action, moving):
            self.steps += 1
            if self.steps == 4:
                self._velocity[2, 0] = np.nan
            return super().step(action, moving)

    track, tasks = Track(HalfCheetah(), "velocity", horizon=8), jnp.array([0.5, 1.5])
    learners = policies(track.body, 2)
    whole, _ = rollout(learners, track, tasks, size=2, key=KEY)
    monkeypatch.setattr(module, "simulations", lambda body, n: Bursting(body, n))
    seen, record = rollout(learners, track, tasks, size=2, key=KEY)
    assert record.broken.tolist() == [[-1, -1], [3, -1]]
    np.testing.assert_array_equal(seen.mask[1, 0], [1, 1, 1, 0, 0, 0, 0, 0])
    assert seen.mask.sum() == 8 * 3 + 3
    for leaf in jax.tree.leaves(seen):
        assert np.isfinite(leaf).all()
    np.testing.assert_array_equal(seen.rewards[0], whole.rewards[0])
    np.testing.assert_array_equal(seen.rewards[1, 1], whole.rewards[1, 1])


def test_a_rollout_compiles_once():
    traces = []

    class Counted(GaussianPolicy):
        def many(self, observations):
            traces.append(1)
            return super().many(observations)

    track, tasks = Track(HalfCheetah(), "velocity", horizon=3), jnp.array([1.0])
    learners = jax.vmap(lambda key: Counted(20, 6, hidden=(8,), key=key))(jax.random.split(KEY, 1))
    rollout(learners, track, tasks, size=2, key=KEY)
    assert len(traces) == 1
    rollout(jax.tree.map(lambda leaf: leaf + 1, learners), track, tasks + 1, size=2, key=jax.random.key(9))
    assert len(traces) == 1
