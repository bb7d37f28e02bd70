import numpy as np
import pytest

from hypermaml.sim.body import Ant, HalfCheetah
from hypermaml.sim.physics import Physics
from hypermaml.sim.track import Speedometer, Track


def moving(speed, nq):
    n = len(speed)
    velocity = np.stack([speed, np.zeros(n), np.zeros(n)], axis=1)
    contact = np.zeros((n, 14, 6))
    return Physics(np.zeros((n, nq)), np.zeros((n, nq)), np.zeros((n, 3)), velocity, np.zeros((n, 9)), contact)


def reward(body, goal, task, speed, action):
    nq = 9 if isinstance(body, HalfCheetah) else 15
    after = moving(np.asarray(speed, float), nq)
    return Track(body, goal).reward(np.asarray(task, float), after, np.asarray(action, float), after)


def test_a_cheetah_keeps_a_velocity():
    action = [[1.0, 1, 0, 0, 0, 0], [0.0] * 6]
    np.testing.assert_allclose(reward(HalfCheetah(), "velocity", [1.5, 1.5], [1.0, 2.5], action), [-0.5 - 0.1, -1.0])


def test_a_cheetah_runs_in_a_direction():
    action = [[2.0] + [0.0] * 5] * 2
    got = reward(HalfCheetah(), "direction", [1, -1], [3.0, 3.0], action)
    np.testing.assert_allclose(got, [3.0 - 0.05, -3.0 - 0.05])


def test_an_ant_is_paid_one_more_where_it_keeps_a_velocity():
    action = [[1.0] + [0.0] * 7] * 2
    upkeep = 0.05 - 0.005
    got = reward(Ant(), "velocity", [2.0, 0.5], [1.0, 0.5], action)
    np.testing.assert_allclose(got, [1.0 - 1.0 + upkeep, 1.0 + upkeep])
    np.testing.assert_allclose(reward(Ant(), "direction", [1, -1], [1.0, 1.0], action), [1 + upkeep, -1 + upkeep])


def test_rewards_are_those_of_each_step_along_leading_axes():
    after = moving(np.array([1.0, 2.0]), 9)
    stacked = Physics(*(np.stack([field, field]) for field in after))
    action = np.zeros((2, 2, 6))
    track = Track(HalfCheetah(), "velocity")
    got = track.reward(np.array([1.0, 1.0]), stacked, action, stacked)
    np.testing.assert_allclose(got, [[0.0, -1.0], [0.0, -1.0]])


def test_a_speedometer_pays_the_velocity():
    after = moving(np.array([1.0, -2.0]), 9)
    meter = Speedometer(HalfCheetah(), 5)
    assert (meter.horizon, meter.action_size) == (5, 6)
    assert meter.reward(None, after, None, after).tolist() == [1.0, -2.0]


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="Track: goal is 'speed', but it must be one of velocity, direction"):
        Track(HalfCheetah(), "speed")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="Track: horizon is 0, but it must be at least 1"):
        Track(HalfCheetah(), "velocity", horizon=0)
