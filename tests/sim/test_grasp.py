"""Grasping by hand-computed cases: rewards, success, where it starts, what it observes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.rl.host import Draws
from hypermaml.rl.policy import GaussianPolicy
from hypermaml.sim import rollout as module
from hypermaml.sim.grasp import HELD, LIFTED, Grasp, success
from hypermaml.sim.hand import PAD
from hypermaml.sim.host import Simulations
from hypermaml.sim.physics import Grip
from hypermaml.sim.rollout import rollout
from hypermaml.sim.shape import GraspObject

KEY = jax.random.key(3)
OBJECTS = GraspObject(
    np.array([0, 1, 4], np.int32),
    np.array([[0.04, 0.02, 0.03], [0.02, 0.02, 0.025], [0.045, 0.02, 0.03]], np.float32),
    np.array([0.1, 0.2, 0.3], np.float32),
    np.array([0.6, 0.9, 1.2], np.float32),
    np.array([0.0, 0.5, -1.0], np.float32),
    np.array([[0.0, 0.0], [0.01, -0.01], [0.02, 0.02]], np.float32),
)
BOX = OBJECTS._replace(size=np.array([[0.04, 0.02, 0.03]]))


def grip(*, hand=(0.0, 0.0, 0.1), grasp_object=(0.0, 0.0, 0.03), shut=0.02, contact=(0.0, 0.0)):
    position = np.zeros((1, 13))
    position[0, :3], position[0, 4:6], position[0, 6:9] = hand, shut, grasp_object
    return Grip(position, np.zeros((1, 12)), np.array([contact]))


def reward(after, action=(0.0,) * 5):
    return float(Grasp().reward(BOX, after, np.array([action]), after)[0])


def test_approach_is_paid_by_the_distance_between_what_holds_and_the_middle():
    assert reward(grip(hand=(0, 0, 0.03 - PAD))) == pytest.approx(1)
    five = grip(hand=(0.03, 0.04, 0.03 - PAD))  # 5 cm aside
    assert reward(five) == pytest.approx(1 - np.tanh(1))


def test_closure_is_paid_while_both_jaws_touch_and_the_lift_with_it():
    at, risen = {"hand": (0, 0, 0.03 - PAD)}, {"hand": (0, 0, 0.07 - PAD), "grasp_object": (0, 0, 0.07)}
    assert reward(grip(**at, contact=(2.0, 2.0))) == pytest.approx(1.5)
    assert reward(grip(**at, contact=(2.0, 0.05))) == pytest.approx(1)
    assert reward(grip(**at, shut=0.0, contact=(2.0, 2.0))) == pytest.approx(1)  # open jaws that stand on something
    assert reward(grip(**risen, contact=(2.0, 2.0))) == pytest.approx(1.5 + 4 * 0.04 / 0.08)
    assert reward(grip(**risen, contact=(0.0, 2.0))) == pytest.approx(1)
    high = grip(hand=(0, 0, 0.2 - PAD), grasp_object=(0, 0, 0.2), contact=(2.0, 2.0))
    assert reward(high) == pytest.approx(5.5)  # 8 cm are as good as 17
    sunk = grip(hand=(0, 0, 0.02 - PAD), grasp_object=(0, 0, 0.02), contact=(2.0, 2.0))
    assert reward(sunk) == pytest.approx(1.5)


def test_the_reflex_goes_down_closes_and_goes_up():
    def driven(action=(0.0,) * 5, **state):
        return Grasp().drive(grip(**state), np.array([action]))[0].tolist()

    assert driven(hand=(0, 0, 0.05), shut=0.0) == [0, 0, -0.8, 0, -1]
    assert driven(hand=(0, 0, 0.01), shut=0.0) == pytest.approx([0, 0, -0.3, 0, 1])  # it slows down above the table
    assert driven(hand=(0, 0, 0.004), contact=(2.0, 2.0)) == [0, 0, 1, 0, 1]
    assert driven(hand=(0, 0, 0.05), contact=(2.0, 0.0)) == [0, 0, -0.8, 0, 1]  # it lost touch, and stays shut
    assert driven(hand=(0, 0, 0.05), shut=0.042) == [0, 0, -0.8, 0, -1]  # there is nothing between the jaws
    up = driven(hand=(0, 0, 0.09), contact=(2.0, 2.0))
    assert up == pytest.approx([0, 0, 0.5, 0, 1])
    act = (0.1, 0.2, 0.3, 0.4, 0.5)
    assert driven(act, hand=(0, 0, 0.05), shut=0.0) == pytest.approx([0.02, 0.04, -0.74, 0.08, -0.9])


def test_effort_costs_the_square_of_the_action_as_it_was_drawn():
    at = grip(hand=(0, 0, 0.03 - PAD))
    assert reward(at, (0.5, 3.0, 0, 0, -2.0)) == pytest.approx(1 - 0.003 * (0.25 + 9 + 4))


def test_it_succeeds_where_it_is_held_high_for_long_enough_in_a_row():
    rises = np.zeros((5, 30))
    rises[0, 5 : 5 + HELD] = LIFTED
    rises[1, 5 : 4 + HELD] = LIFTED + 0.05  # a step too short
    rises[2, ::2] = LIFTED + 0.05  # never in a row
    rises[3, :] = LIFTED - 1e-4
    rises[4, 20:] = 0.2
    assert success(rises).tolist() == [True, False, False, False, True]
    rises[4, -3:] = np.nan  # it ended early
    assert not success(rises)[4]
    assert not success(np.ones((2, HELD - 1))).any()


def test_the_hand_starts_open_above_every_object_and_objects_rest_where_tasks_put_them():
    position, velocity = Grasp().start(OBJECTS, np.random.default_rng(0))
    np.testing.assert_allclose(position[:, 6:8], OBJECTS.position)
    np.testing.assert_allclose(position[:, 8], OBJECTS.size[:, 2])
    angles = 2 * np.arctan2(position[:, 12], position[:, 9])
    np.testing.assert_allclose(angles, OBJECTS.yaw, atol=1e-6)
    assert not position[:, 4:6].any()
    assert (position[:, 2] > 2 * OBJECTS.size[:, 2]).all()
    assert not velocity.any()


def test_what_is_observed_does_not_tell_the_shape():
    """Two objects whose state beside the rest height is alike look alike."""
    tall = BOX._replace(size=np.array([[0.05, 0.02, 0.04]]))
    low, high = grip(grasp_object=(0.01, 0, 0.03)), grip(grasp_object=(0.01, 0, 0.04))
    np.testing.assert_allclose(Grasp().observe(BOX, low), Grasp().observe(tall, high), atol=1e-12)
    seen = Grasp().observe(BOX, grip(hand=(0.01, 0, 0.1), grasp_object=(0.02, 0, 0.05), contact=(5.0, 100.0)))[0]
    assert seen.shape == (18,)
    np.testing.assert_allclose(seen[10:13], [0.2, 0, 0.4], atol=1e-12)
    np.testing.assert_allclose(seen[16:], [0.5, 2])


def policies(n):
    keys = jax.random.split(jax.random.key(0), n)
    return jax.vmap(lambda key: GaussianPolicy(18, 5, hidden=(8,), key=key))(keys)


@pytest.fixture(scope="module")
def seen():
    """Of untrained policies on three objects."""
    return rollout(policies(3), Grasp(12), jax.tree.map(jnp.asarray, OBJECTS), size=2, key=KEY)


def test_trajectories_are_what_the_simulations_do_with_the_actions(seen):
    trajectories, record = seen
    environment, each = Grasp(12), jax.tree.map(lambda leaf: np.repeat(leaf, 2, axis=0), OBJECTS)
    position, velocity = environment.start(each, Draws(KEY, range(3)))
    simulated = Simulations(environment.machine, 6)
    now = simulated.reset(position, velocity, models=environment.models(each))
    assert not now.contact.any()
    for time in range(12):
        observation = environment.observe(each, now).astype(np.float32)
        np.testing.assert_array_equal(trajectories.observations[:, :, time].reshape(6, -1), observation)
        action = np.asarray(trajectories.actions[:, :, time]).reshape(6, -1)
        now = simulated.step(environment.drive(now, action), np.ones(6, bool))
        paid = environment.reward(each, now, action, now)
        np.testing.assert_allclose(trajectories.rewards[:, :, time].reshape(-1), paid, rtol=1e-4, atol=1e-5)
        risen = environment.step_metric(each, now, now)
        np.testing.assert_allclose(record.step_metric[:, :, time].reshape(-1), risen, atol=1e-6)
    assert (record.broken == -1).all()
    assert trajectories.mask.min() == 1


def test_a_state_that_is_not_finite_ends_one_trajectory(monkeypatch, seen):
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

    monkeypatch.setattr(module, "simulations", Bursting)
    trajectories, record = rollout(policies(3), Grasp(12), jax.tree.map(jnp.asarray, OBJECTS), size=2, key=KEY)
    assert record.broken.tolist() == [[-1, -1], [3, -1], [-1, -1]]
    assert trajectories.mask.sum() == 12 * 5 + 3
    for leaf in jax.tree.leaves(trajectories):
        assert np.isfinite(leaf).all()
    whole = np.asarray(seen[0].rewards).reshape(6, -1)
    others = np.asarray(trajectories.rewards).reshape(6, -1)
    np.testing.assert_array_equal(others[[0, 1, 3, 4, 5]], whole[[0, 1, 3, 4, 5]])


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="Grasp: horizon is 0, but it must be at least 1"):
        Grasp(0)
