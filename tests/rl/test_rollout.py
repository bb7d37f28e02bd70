import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.rl.policy import GaussianPolicy
from hypermaml.rl.rollout import AbstractEnvironment, rollout


class Walk(AbstractEnvironment):
    """A random start; an action of one entry moves the point, beyond the task's wall the trajectory ends."""

    horizon: int = eqx.field(static=True, default=6)
    observation_size: int = eqx.field(static=True, default=2)
    action_size: int = eqx.field(static=True, default=1)

    def reset(self, task, *, key):
        return jax.random.uniform(key, (1,))

    def observe(self, state, task):
        return jnp.concatenate([state, jnp.square(state)])

    def step(self, state, action, task):
        state = state + action
        return state, state[0], state[0] > task


@pytest.fixture(scope="module")
def policy():
    return GaussianPolicy(2, 1, hidden=(3,), key=jax.random.key(0))


def run(policy, *, size=5, key=1, wall=1.5, sampled=True):
    return rollout(policy, Walk(), jnp.asarray(wall), size=size, key=jax.random.key(key), sampled=sampled)


def test_shapes(policy):
    seen = run(policy)
    assert seen.observations.shape == (5, 6, 2)
    assert seen.actions.shape == seen.behaviour.mean.shape == seen.behaviour.log_std.shape == (5, 6, 1)
    assert seen.rewards.shape == seen.mask.shape == (5, 6)
    assert seen.returns().shape == (5,)


def test_a_step_follows_from_the_one_before(policy):
    seen = run(policy)
    position = np.asarray(seen.observations[..., 0])
    assert len(np.unique(position[:, 0])) == 5  # each trajectory has a start of its own
    np.testing.assert_allclose(seen.observations[..., 1], position**2, rtol=1e-5)
    np.testing.assert_allclose(position[:, 1:], position[:, :-1] + np.asarray(seen.actions)[:, :-1, 0], rtol=1e-5)
    behaviour = jax.vmap(policy.many)(seen.observations)
    np.testing.assert_allclose(seen.behaviour.mean, behaviour.mean, rtol=1e-5)


def test_mask_covers_the_step_that_ends_a_trajectory_and_no_reward_comes_after(policy):
    seen = run(policy, size=40)
    after = np.asarray(seen.observations[..., 0] + seen.actions[..., 0])
    over = np.cumsum(after > 1.5, axis=1)
    alive = np.concatenate([np.ones((40, 1)), over[:, :-1] == 0], axis=1)
    assert 0 < np.mean(alive) < 1
    np.testing.assert_array_equal(seen.mask, alive)
    np.testing.assert_allclose(seen.rewards, after * alive, rtol=1e-5)


def test_the_key_decides_everything(policy):
    one, same, other = run(policy), run(policy), run(policy, key=2)
    np.testing.assert_array_equal(one.actions, same.actions)
    assert not np.any(np.asarray(one.actions) == np.asarray(other.actions))
    assert len(np.unique(one.actions)) == one.actions.size


def test_actions_are_drawn_from_the_behaviour_or_are_its_mean(policy):
    mean = run(policy, sampled=False)
    np.testing.assert_array_equal(mean.actions, mean.behaviour.mean)
    drawn = run(policy, size=2000, wall=1e9)
    noise = (np.asarray(drawn.actions) - drawn.behaviour.mean) / np.exp(drawn.behaviour.log_std)
    np.testing.assert_allclose([np.mean(noise), np.std(noise)], [0, 1], atol=0.04)
