import gymnasium
import mujoco
import numpy as np
import pytest

from hypermaml.sim.body import Ant, HalfCheetah
from hypermaml.sim.host import Simulations
from hypermaml.sim.model import compiled, rest
from hypermaml.sim.track import Track

BODIES = [HalfCheetah(), Ant(), HalfCheetah(variant="gymnasium"), Ant(variant="gymnasium")]


def starts(body, n, seed=0):
    draw, pose = np.random.default_rng(seed), rest(body)
    return pose + 0.05 * draw.standard_normal((n, len(pose))), 0.1 * draw.standard_normal((n, body.velocity_size))


@pytest.mark.parametrize("body", BODIES, ids=str)
def test_a_step_is_mujoco_s_own_with_everything_current(body):
    position, velocity = starts(body, 3)
    actions = np.random.default_rng(1).uniform(-1.5, 1.5, (20, 3, body.action_size))
    simulated, model = Simulations(body, 3), compiled(body)
    simulated.reset(position, velocity)
    for action in actions:
        seen = simulated.step(action, np.ones(3, bool))
    for index in range(3):
        data = mujoco.MjData(model)
        data.qpos, data.qvel = position[index], velocity[index]
        mujoco.mj_forward(model, data)
        for action in actions[:, index]:
            data.ctrl = np.clip(action, -1, 1) * model.actuator_ctrlrange[:, 1]
            mujoco.mj_step(model, data, body.substeps)
        mujoco.mj_forward(model, data)
        contact = data.cfrc_ext.copy()
        torso = model.body("torso").id
        known = [data.qpos, data.qvel, data.subtree_com[torso], data.sensordata[:3]]
        known += [data.xmat[torso], contact] if body.feels else []
        for ours, theirs in zip(seen, known, strict=False):
            np.testing.assert_allclose(ours[index], theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["HalfCheetah", "Ant"])
def test_gymnasium_s_variant_observes_and_pays_as_gymnasium_does(name):
    body = {"HalfCheetah": HalfCheetah, "Ant": Ant}[name](variant="gymnasium")
    theirs = gymnasium.make(f"{name}-v5").unwrapped
    theirs.reset(seed=0)
    position, velocity = starts(body, 1)
    theirs.set_state(position[0], velocity[0])
    simulated, track = Simulations(body, 1), Track(body, "direction")
    before = simulated.reset(position, velocity)
    apart, draw, alike, own = [], np.random.default_rng(2), [], 17 if name == "HalfCheetah" else 27
    for _ in range(30):
        action = draw.uniform(-1, 1, (1, body.action_size))
        before = before._replace(position=before.position.copy())
        after = simulated.step(action, np.ones(1, bool))
        observation, reward, ended, _, told = theirs.step(action[0])
        seen = body.observe(after)[0]
        np.testing.assert_allclose(seen[:own], observation[:own], rtol=1e-6, atol=1e-6)
        # Gymnasium measures the way of the ant's torso one substep late, and contacts in the last stage of a substep,
        # with the positions before it ends; here they are those of the positions that are observed.
        lag = body.speed(before, after)[0] - told["x_velocity"]
        lag += 0.0005 * (np.sum(observation[own:] ** 2) - np.sum(seen[own:] ** 2))
        assert lag == pytest.approx(0, abs=1e-9 if name == "HalfCheetah" else 1)
        assert track.reward(np.ones(1), before, action, after)[0] == pytest.approx(reward + lag, rel=1e-6)
        assert body.fallen(after)[0] == ended
        alike.append(np.allclose(seen, observation, atol=1e-6))
        apart.append([np.abs(seen[own:] - observation[own:]).sum(), np.abs(observation[own:]).sum()])
        before = after
    assert np.mean(alike) > 0.6
    wrong, size = np.sum(apart, axis=0)
    assert wrong <= 0.3 * size  # those of the start of the last substep would differ by 0.85 of it


def test_an_ant_as_in_rllab_feels_the_contacts_of_the_state_that_it_observes():
    """rllab calls `mj_forward` after each step and each reset."""
    body, model, data = Ant(), compiled(Ant()), mujoco.MjData(compiled(Ant()))
    position, velocity = starts(body, 1)
    position[0, 2] -= 0.2  # its feet are in the ground
    simulated, felt = Simulations(body, 1), []
    now = simulated.reset(position, velocity)
    for _ in range(10):
        data.qpos, data.qvel = now.position[0], now.velocity[0]
        mujoco.mj_forward(model, data)
        np.testing.assert_allclose(now.contact[0], data.cfrc_ext, rtol=1e-6, atol=1e-6)
        felt.append(np.abs(now.contact).max())
        data.ctrl = np.full(8, 30.0)
        now = simulated.step(np.full((1, 8), 0.2), np.ones(1, bool))
    assert felt[0] > 1  # in N
    still = Simulations(Ant(variant="gymnasium"), 1).reset(position, velocity)
    assert not still.contact.any()


def test_only_what_moves_is_stepped():
    body = HalfCheetah()
    position, velocity = starts(body, 3)
    simulated = Simulations(body, 3)
    simulated.reset(position, velocity)
    seen = simulated.step(np.ones((3, 6)), np.array([True, False, True]))
    np.testing.assert_array_equal(seen.position[1], position[1])
    assert (seen.position[[0, 2]] != position[[0, 2]]).any(axis=1).all()
    seen = simulated.step(np.ones((3, 6)), np.zeros(3, bool))
    np.testing.assert_array_equal(seen.velocity[1], velocity[1])


def test_after_a_reset_nothing_of_the_past_is_left():
    body = Ant()
    position, velocity = starts(body, 2)
    simulated = Simulations(body, 2)
    first = [field.copy() for field in simulated.reset(position, velocity)]
    for _ in range(10):
        simulated.step(np.ones((2, 8)), np.ones(2, bool))
    for old, new in zip(first, simulated.reset(position, velocity), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_state_that_is_not_finite_stays_so_and_leaves_the_others_alone(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    body = HalfCheetah()
    position, velocity = starts(body, 2)
    simulated, alone = Simulations(body, 2), Simulations(body, 1)
    velocity[0] = np.nan
    simulated.reset(position, velocity)
    alone.reset(position[1:], velocity[1:])
    seen = simulated.step(np.ones((2, 6)), np.ones(2, bool))
    assert not np.isfinite(seen.velocity[0]).all()
    np.testing.assert_array_equal(seen.velocity[1], alone.step(np.ones((1, 6)), np.ones(1, bool)).velocity[0])
    assert not list(tmp_path.iterdir())  # MuJoCo would write a log of its own
    assert capfd.readouterr() == ("", "")
