import numpy as np
import pytest

from hypermaml.sim.body import Ant, HalfCheetah
from hypermaml.sim.physics import Physics


def physics(nq, nv, nbody=1, **known):
    fields = {
        "position": np.zeros((2, nq)),
        "velocity": np.zeros((2, nv)),
        "center": np.zeros((2, 3)),
        "center_velocity": np.zeros((2, 3)),
        "orientation": np.tile(np.eye(3).reshape(9), (2, 1)),
        "contact": np.zeros((2, nbody, 6)),
    }
    return Physics(**(fields | known))


def numbered(*shape):
    return np.arange(float(np.prod(shape))).reshape(shape)


def test_a_cheetah_as_in_rllab_sees_positions_but_x_velocities_and_its_center_of_mass():
    now = physics(9, 9, position=numbered(2, 9), velocity=100 + numbered(2, 9), center=200 + numbered(2, 3))
    seen = HalfCheetah().observe(now)
    assert seen.shape == (2, 20)
    assert seen[1].tolist() == [*range(10, 18), *range(109, 118), 203, 204, 205]


def test_a_cheetah_as_in_gymnasium_sees_no_center_of_mass():
    now = physics(9, 9, position=numbered(2, 9), velocity=100 + numbered(2, 9))
    seen = HalfCheetah(variant="gymnasium").observe(now)
    assert seen.shape == (2, 17)
    assert seen[0].tolist() == [*range(1, 9), *range(100, 109)]


def test_an_ant_as_in_rllab_sees_its_state_contacts_orientation_and_center_of_mass():
    contact = np.zeros((2, 14, 6))
    contact[0, 3] = [0.5, -7, 0, 0, 2, -0.25]
    now = physics(15, 14, 14, position=numbered(2, 15), velocity=100 + numbered(2, 14), contact=contact)
    seen = Ant().observe(now)
    assert seen.shape == (2, 125)
    assert seen[0, :29].tolist() == [*range(15), *range(100, 114)]
    assert seen[0, 29 + 18 : 29 + 24].tolist() == [0.5, -1, 0, 0, 1, -0.25]
    assert seen[0, 29 + 84 :].tolist() == [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]


def test_an_ant_as_in_gymnasium_sees_neither_where_it_is_nor_contacts_of_the_world():
    contact = np.zeros((2, 14, 6))
    contact[0, 0], contact[0, 1] = 1, 0.5
    now = physics(15, 14, 14, position=numbered(2, 15), contact=contact)
    seen = Ant(variant="gymnasium").observe(now)
    assert seen.shape == (2, 105)
    assert seen[0, :13].tolist() == [*range(2, 15)]
    assert seen[0, 27:].sum() == 3


@pytest.mark.parametrize(("variant", "price"), [("rllab", 0.05), ("gymnasium", 0.1)])
def test_a_cheetah_pays_for_its_action_as_it_is_clipped(variant, price):
    action = np.array([[0.5, -1.0, 0, 0, 0, 0], [3.0, -0.5, 0, 0, 0, 0]])
    cost = HalfCheetah(variant=variant).upkeep(action, physics(9, 9))
    np.testing.assert_allclose(cost, [-price * 1.25, -price * 1.25])


def test_an_ant_pays_for_action_and_contact_and_is_paid_for_living():
    contact = np.zeros((2, 14, 6))
    contact[1, 2, :3] = [10.0, -0.5, 0.0]
    action = np.array([[0.0] * 8, [1.0, -2.0, 0.5] + [0.0] * 5])
    paid = Ant().upkeep(action, physics(15, 14, 14, contact=contact))
    np.testing.assert_allclose(paid, [0.05, 0.05 - 0.005 * 2.25 - 0.0005 * 1.25])
    paid = Ant(variant="gymnasium").upkeep(action, physics(15, 14, 14, contact=contact))
    np.testing.assert_allclose(paid, [1.0, 1.0 - 0.5 * 2.25 - 0.0005 * 1.25])


@pytest.mark.parametrize(("height", "fallen"), [(0.19, True), (0.2, False), (1.0, False), (1.01, True), (np.nan, True)])
def test_an_ant_has_fallen_below_and_above_its_heights(height, fallen):
    position = np.zeros((2, 15))
    position[:, 2] = height
    assert Ant().fallen(physics(15, 14, 14, position=position)).tolist() == [fallen] * 2


def test_a_cheetah_never_falls():
    assert not HalfCheetah().fallen(physics(9, 9, position=np.full((2, 9), -3.0))).any()


def test_speed_is_the_center_of_mass_or_the_way_of_the_torso():
    before = physics(9, 9, position=np.full((2, 9), 1.0))
    after = physics(9, 9, position=np.full((2, 9), 1.2), center_velocity=np.array([[3.0, 9, 9], [-1.0, 9, 9]]))
    np.testing.assert_allclose(HalfCheetah().speed(before, after), [3.0, -1.0])
    np.testing.assert_allclose(HalfCheetah(variant="gymnasium").speed(before, after), [4.0, 4.0])
    np.testing.assert_allclose(Ant(variant="gymnasium").speed(before, after), [4.0, 4.0])


@pytest.mark.parametrize("body", [HalfCheetah, Ant])
def test_starts_lie_near_rest(body):
    pose, offset, velocity = np.arange(3.0), np.array([1.0, -1.0, 0.5]), np.array([1.0, -2.0])
    position, speed = body().start(pose, offset, velocity)
    np.testing.assert_allclose(position, pose + 0.01 * offset)
    np.testing.assert_allclose(speed, [0.1, -0.2])
    position, _ = body(variant="gymnasium").start(pose, offset, velocity)
    np.testing.assert_allclose(position, pose + 0.1 * offset)
    assert (body().spread[0], body(variant="gymnasium").spread[0]) == ("normal", "uniform")


def test_another_variant_is_refused():
    with pytest.raises(ValueError, match="HalfCheetah: variant is 'mujoco', but it must be one of rllab, gymnasium"):
        HalfCheetah(variant="mujoco")  # pyright: ignore[reportArgumentType]
