"""The shapes of bodies against lengths and angles that their models state."""

import numpy as np
import pytest

from hypermaml.sim.body import Ant, HalfCheetah
from hypermaml.sim.figure import figure
from hypermaml.sim.model import rest


def test_the_cheetah_stands_where_its_model_puts_it():
    ends, radii, _ = figure(HalfCheetah(), np.zeros(9))
    assert ends.shape == (8, 2, 3)
    np.testing.assert_allclose(radii, 0.046)
    np.testing.assert_allclose(np.sort(ends[0, :, 0]), [-0.5, 0.5], atol=1e-9)
    np.testing.assert_allclose(ends[0, :, 1:], [[0.0, 0.7]] * 2, atol=1e-9)
    np.testing.assert_allclose(ends[..., 1], 0.0, atol=1e-9)
    head, hind_foot = 0.8 + 0.15 * np.cos(0.87), 0.7 - 0.25 - 0.14 - 0.097 - 0.094 * np.cos(0.27)
    assert ends[..., 2].max() == pytest.approx(head)
    assert ends[..., 2].min() == pytest.approx(hind_foot)


def test_a_capsule_is_as_long_as_its_model_says():
    pose = np.random.default_rng(0).normal(0, 0.3, (4, 9))
    ends, *_ = figure(HalfCheetah(), pose)
    lengths = np.linalg.norm(ends[..., 1, :] - ends[..., 0, :], axis=-1)
    half = [0.5, 0.15, 0.145, 0.15, 0.094, 0.133, 0.106, 0.07]  # torso, head, hind and fore thigh, shin, foot
    np.testing.assert_allclose(lengths, np.tile(2 * np.array(half), (4, 1)), atol=1e-6)


def test_who_moves_takes_all_of_it_along():
    still, moved = np.zeros(9), np.zeros(9)
    moved[:2] = 2.0, 0.1
    ends, *_ = figure(HalfCheetah(), np.stack([still, moved]))
    np.testing.assert_allclose(ends[1] - ends[0], np.broadcast_to([2.0, 0.0, 0.1], ends[0].shape), atol=1e-9)


@pytest.mark.parametrize("variant", ["rllab", "gymnasium"])
def test_the_ant_is_symmetric(variant):
    body = Ant(variant)
    pose = np.concatenate([[0, 0, 0.55, 1, 0, 0, 0], [0, 1, 0, -1, 0, -1, 0, 1]]).astype(float)
    ends, radii, _ = figure(body, pose)
    assert ends.shape == (13, 2, 3)
    np.testing.assert_allclose(radii, [0.25] + [0.08] * 12)
    np.testing.assert_allclose(ends[0], [[0, 0, 0.55]] * 2, atol=1e-9)  # the torso is a sphere
    points = {tuple(point) for point in np.round(ends.reshape(-1, 3), 6) + 0.0}
    for mirror in ([-1, 1, 1], [1, -1, 1]):
        assert {tuple(point) for point in np.round(ends.reshape(-1, 3) * mirror, 6) + 0.0} == points
    feet = np.sort(ends[..., 2].min(axis=1))[:4]
    np.testing.assert_allclose(feet, 0.55 - 0.4 * np.sqrt(2) * np.sin(1.0), atol=1e-6)


def test_the_ant_at_rest_in_rllab_is_the_named_pose():
    assert figure(Ant(), rest(Ant())).ends[0, 0, 2] == pytest.approx(0.55)


def test_many_poses_at_once_and_after_the_end_nothing():
    poses = np.random.default_rng(1).normal(0, 0.1, (2, 3, 9))
    poses[1, 2] = np.nan
    ends, *_ = figure(HalfCheetah(), poses)
    assert ends.shape == (2, 3, 8, 2, 3)
    np.testing.assert_array_equal(ends[0, 1], figure(HalfCheetah(), poses[0, 1]).ends)
    assert np.isnan(ends[1, 2]).all()
    assert np.isfinite(ends[1, :2]).all()
