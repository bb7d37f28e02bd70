from importlib import util

import gymnasium
import mujoco
import numpy as np
import pytest

from hypermaml.sim import model
from hypermaml.sim.body import Ant, HalfCheetah
from hypermaml.sim.hand import Hand

BODIES = {"HalfCheetah": HalfCheetah, "Ant": Ant}


@pytest.mark.parametrize("name", BODIES)
def test_gymnasium_s_variant_is_its_own_model(name):
    theirs = gymnasium.make(f"{name}-v5").unwrapped.model
    ours = model.compiled(BODIES[name](variant="gymnasium"))
    for field in (
        "body_mass",
        "body_inertia",
        "geom_size",
        "geom_solref",
        "geom_friction",
        "actuator_gear",
        "jnt_range",
    ):
        np.testing.assert_array_equal(getattr(ours, field), getattr(theirs, field), err_msg=field)
    assert (ours.opt.timestep, ours.opt.integrator) == (theirs.opt.timestep, theirs.opt.integrator)


def test_rllab_s_cheetah_is_the_same_robot():
    one, other = model.compiled(HalfCheetah()), model.compiled(HalfCheetah(variant="gymnasium"))
    np.testing.assert_array_equal(one.body_mass, other.body_mass)
    assert one.body_mass.sum() == pytest.approx(14.0)
    assert one.opt.timestep == other.opt.timestep == 0.01


def test_rllab_s_ant_has_stronger_motors_softer_contacts_and_longer_steps():
    ant = model.compiled(Ant())
    assert ant.opt.timestep == 0.02
    assert ant.actuator_ctrlrange.tolist() == [[-150.0, 150.0]] * 8
    assert (ant.actuator_gear[:, 0] == 1).all()
    np.testing.assert_array_equal(ant.geom_solref, [[0.02, 1.0]] * ant.ngeom)
    np.testing.assert_array_equal(ant.geom_solimp[:, :3], [[0.8, 0.8, 0.01]] * ant.ngeom)
    # At full control a motor turns its joint with the same torque in both.
    other = model.compiled(Ant(variant="gymnasium"))
    assert (other.actuator_gear[:, 0] * other.actuator_ctrlrange[:, 1] == 150).all()


@pytest.mark.parametrize("body", [HalfCheetah(), Ant(), HalfCheetah(variant="gymnasium"), Ant(variant="gymnasium")])
def test_sizes_are_those_of_the_model(body):
    compiled = model.compiled(body)
    assert (compiled.nu, compiled.nv, len(model.rest(body))) == (body.action_size, body.velocity_size, compiled.nq)
    assert compiled.opt.timestep == body.timestep
    assert compiled.opt.disableflags & mujoco.mjtDisableBit.mjDSBL_AUTORESET


def test_an_ant_as_in_rllab_rests_on_its_four_legs():
    pose = model.rest(Ant())
    assert pose.shape == (15,)
    assert 0.2 < pose[2] < 1.0
    assert np.count_nonzero(pose[7:]) >= 4


@pytest.mark.parametrize("name", ["mujoco", "gymnasium"])
def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch, name):
    monkeypatch.setattr(model, "find_spec", lambda wanted: None if wanted == name else util.find_spec(wanted))
    with pytest.raises(ModuleNotFoundError, match=rf"Ant needs {name}, .* pip install .*\[control\]'$"):
        model.mujoco_of(Ant())


def test_a_hand_needs_mujoco_alone(monkeypatch):
    monkeypatch.setattr(model, "find_spec", lambda wanted: None if wanted == "gymnasium" else util.find_spec(wanted))
    assert model.mujoco_of(Hand()) is mujoco
