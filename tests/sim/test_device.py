import jax
import jax.numpy as jnp
import mujoco
import numpy as np
import pytest

from hypermaml.rl.policy import GaussianPolicy
from hypermaml.rl.rollout import rollout
from hypermaml.sim import device
from hypermaml.sim.body import Ant, HalfCheetah
from hypermaml.sim.device import DeviceTrack
from hypermaml.sim.host import Simulations
from hypermaml.sim.model import compiled, rest
from hypermaml.sim.track import Track

TASKS, SIZE, HORIZON, ANTS = np.array([0.3, 1.7], np.float32), 4, 40, 16
CHEETAH = Track(HalfCheetah(), "velocity", HORIZON)
BROKEN = np.arange(ANTS) < 3


class EulerAnt(Ant):
    """Its step compiles in a third of the time that Runge and Kutta's four stages take."""


@pytest.fixture(scope="module")
def trajectories():
    """Of half cheetahs with random actions."""
    policy = GaussianPolicy(20, 6, hidden=(4,), key=jax.random.key(0))
    one = lambda task, key: rollout(policy, DeviceTrack(CHEETAH), task, size=SIZE, key=key)  # noqa: E731
    return jax.jit(jax.vmap(one))(TASKS, jax.random.split(jax.random.key(1), 2))


@pytest.fixture(scope="module", params=[pytest.param(body, marks=pytest.mark.product) for body in (EulerAnt, Ant)])
def ants(request):
    """A step of ants that crouch with their feet on the ground, on the host and on the device; the first are broken."""
    body = request.param()
    track, generator, pose = Track(body, "velocity"), np.random.default_rng(0), rest(body)
    if isinstance(body, EulerAnt):
        compiled(body).opt.integrator = mujoco.mjtIntegrator.mjINT_EULER
    pose[2], pose[8::2] = 0.37, 0.55 * np.sign(pose[8::2])
    position = pose + 0.01 * generator.standard_normal((ANTS, len(pose)))
    velocity, action = generator.standard_normal((ANTS, 14)), generator.standard_normal((ANTS, 8))
    velocity[BROKEN] = 1e30

    def step(position, velocity, action):
        environment, task = DeviceTrack(track), jnp.asarray(1.0)
        state = environment.state_at(position, velocity)
        after, reward, ended = environment.step(state, action, task)
        return state.now, after.now, environment.observe(after, task), reward, ended

    on_device = jax.jit(jax.vmap(step))(jnp.asarray(position), jnp.asarray(velocity), jnp.asarray(action))
    simulations = Simulations(body, ANTS)
    before = type(on_device[0])(*(field.copy() for field in simulations.reset(position, velocity)))
    after = simulations.step(action, ~BROKEN)
    return on_device, (before, after, body.observe(after), track.reward(np.ones(ANTS), before, action, after))


@pytest.mark.product
def test_a_rollout_has_the_shapes_of_trajectories(trajectories):
    shape = (len(TASKS), SIZE, HORIZON)
    assert trajectories.observations.shape == (*shape, 20)
    assert trajectories.actions.shape == trajectories.behaviour.mean.shape == (*shape, 6)
    assert trajectories.rewards.shape == shape
    assert trajectories.observations.dtype == trajectories.rewards.dtype == jnp.float32
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(trajectories))
    np.testing.assert_array_equal(trajectories.mask, 1.0)  # a cheetah never falls


@pytest.mark.product
def test_each_step_of_a_cheetah_is_the_hosts(trajectories):
    seen = np.asarray(trajectories.observations, float)
    here, there = (part.reshape(-1, 20) for part in (seen[:, :, :-1], seen[:, :, 1:]))
    action = np.asarray(trajectories.actions)[:, :, :-1].reshape(-1, 6)
    simulations, n = Simulations(CHEETAH.body, len(here)), len(here)
    # An observation is the whole state but for x, on which nothing depends that it shows.
    before = simulations.reset(np.concatenate([np.zeros((n, 1)), here[:, :8]], 1), here[:, 8:17])
    rises = np.ptp(before.center[:, 2])
    after = simulations.step(action, np.ones(n, bool))
    task = np.repeat(TASKS, SIZE * (HORIZON - 1))
    wrong = np.abs(after.velocity - there[:, 8:17])
    assert rises > 0.05  # they bounce: steps in the air are among these, and steps on the ground
    assert np.median(wrong) <= 1e-5
    assert np.quantile(wrong, 0.99) <= 1e-3
    # The reset of the host puts x at 0; the centre of mass moves with it.
    observed = np.delete(CHEETAH.body.observe(after), 17, axis=1)
    np.testing.assert_allclose(observed, np.delete(there, 17, axis=1), atol=1e-3)
    reward = trajectories.rewards[:, :, :-1].reshape(-1)
    np.testing.assert_allclose(CHEETAH.reward(task, before, action, after), reward, atol=1e-4)


def test_a_step_of_an_ant_is_the_hosts(ants):
    (here, there, seen, reward, ended), (before, after, host_seen, host_reward) = ants
    for on_device, on_host in ((here, before), (there, after)):
        for name in on_host._fields:
            value, wanted = getattr(on_device, name)[~BROKEN], getattr(on_host, name)[~BROKEN]
            np.testing.assert_allclose(value, wanted, atol=2e-4, err_msg=name)
    assert np.all(np.abs(after.contact[~BROKEN]).max((1, 2)) > 1)  # in N: the ground is felt
    np.testing.assert_allclose(seen[~BROKEN], host_seen[~BROKEN], atol=2e-4)
    np.testing.assert_allclose(reward[~BROKEN], host_reward[~BROKEN], atol=2e-4)
    assert not ended[~BROKEN].any()


def test_physics_that_is_not_finite_ends_a_trajectory_for_nothing(ants):
    (before, after, seen, reward, ended), _ = ants
    assert ended[BROKEN].all()
    np.testing.assert_array_equal(reward[BROKEN], 0.0)
    np.testing.assert_array_equal(after.position[BROKEN], before.position[BROKEN])
    assert np.isfinite(seen[BROKEN]).all()


def test_without_mjx_the_error_tells_what_to_install(monkeypatch):
    monkeypatch.setattr(device, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"HalfCheetah on the device needs .*: pip install .*\[gpu\]'"):
        DeviceTrack(CHEETAH).reset(jnp.asarray(1.0), key=jax.random.key(0))
