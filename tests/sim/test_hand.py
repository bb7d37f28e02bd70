"""The gripper's model: sizes that every object shares, and objects that differ where they should."""

import mujoco
import numpy as np
import pytest

from hypermaml.sim.figure import figure
from hypermaml.sim.hand import OPEN, STEP, Hand
from hypermaml.sim.host import Simulations
from hypermaml.sim.model import compile_spec, compiled, rest
from hypermaml.sim.shape import KINDS

HAND = Hand()
SIZE = np.array([0.04, 0.02, 0.02])


def holding(kind, *, mass=0.2, friction=0.8, size=SIZE):
    return compile_spec(mujoco, HAND.holding(mujoco, kind, np.asarray(size), mass, friction))


@pytest.fixture(scope="module")
def models():
    return {kind: holding(kind) for kind in KINDS}


def test_sizes_are_those_of_the_model():
    model = compiled(HAND)
    assert (model.nu, model.nv, model.nq) == (HAND.action_size, HAND.velocity_size, len(rest(HAND)))
    assert model.opt.timestep == pytest.approx(STEP)
    assert model.opt.disableflags & mujoco.mjtDisableBit.mjDSBL_AUTORESET


def test_every_object_has_a_model_of_the_same_sizes(models):
    sizes = [name for name in dir(compiled(HAND)) if name.startswith("n") and name != "names"]
    for kind, model in models.items():
        for name in sizes:
            value = getattr(model, name)
            assert not isinstance(value, int) or value == getattr(compiled(HAND), name), (kind, name)


def test_mass_friction_and_measures_reach_the_model(models):
    for model in models.values():
        assert model.body("object").mass[0] == pytest.approx(0.2)
        np.testing.assert_allclose(model.geom("object0").friction[0], 0.8)
    np.testing.assert_allclose(models["box"].geom("object0").size, SIZE)
    np.testing.assert_allclose(models["capsule"].geom("object0").size[:2], [0.02, 0.02])
    heavy = holding("box", mass=0.3, friction=1.1)
    assert heavy.body("object").mass[0] == pytest.approx(0.3)
    # A uniform box: m (width² + height²) / 3 about its length.
    np.testing.assert_allclose(np.sort(heavy.body("object").inertia), [8e-5, 2e-4, 2e-4], rtol=1e-6)


def test_parts_that_an_object_lacks_touch_nothing(models):
    model = models["cylinder"]
    for index in range(1, 4):
        part = model.geom(f"object{index}")
        for other in range(model.ngeom):
            assert not (part.contype[0] & model.geom_conaffinity[other])
            assert not (model.geom_contype[other] & part.conaffinity[0])


def test_each_simulation_steps_its_own_object(models):
    """Falling from 1 cm above the table, an object comes to rest at its own height."""
    kinds = ("box", "ellipsoid", "capsule")
    heights = (0.034, 0.016, 0.02)
    chosen = [holding(kind, size=(0.04, 0.02, height)) for kind, height in zip(kinds, heights, strict=True)]
    position = np.tile(rest(HAND), (3, 1))
    position[:, 2], position[:, 8] = 0.2, np.array(heights) + 0.01
    simulated = Simulations(HAND, 3)
    simulated.reset(position, np.zeros((3, 12)), models=chosen)
    for _ in range(25):
        now = simulated.step(np.zeros((3, 5)), np.ones(3, bool))
    np.testing.assert_allclose(now.position[:, 8], heights, atol=1e-3)
    # The same states on the machine's own object, which is 4 cm high, end elsewhere.
    simulated.reset(position, np.zeros((3, 12)))
    for _ in range(25):
        now = simulated.step(np.zeros((3, 5)), np.ones(3, bool))
    np.testing.assert_allclose(now.position[:, 8], 0.02, atol=1e-3)


def test_models_of_other_sizes_are_refused():
    simulated = Simulations(HAND, 1)
    other = mujoco.MjSpec.from_string("<mujoco><worldbody/></mujoco>").compile()
    with pytest.raises(mujoco.FatalError, match="layout"):
        simulated.reset(rest(HAND)[None], np.zeros((1, 12)), models=[other])


def test_the_hand_holds_its_place_and_its_jaws_move_alike():
    simulated = Simulations(HAND, 1)
    position = rest(HAND)[None].copy()
    position[0, 2], position[0, 8] = 0.15, 0.02
    simulated.reset(position, np.zeros((1, 12)))
    for _ in range(20):
        now = simulated.step(np.zeros((1, 5)), np.ones(1, bool))
    np.testing.assert_allclose(now.position[0, :4], [0, 0, 0.15, 0], atol=1e-3)  # its weight does not pull it down
    for _ in range(5):
        now = simulated.step(np.array([[0, 0, 0, 0, 1.0]]), np.ones(1, bool))
    left, right = now.position[0, 4:6]
    assert left == pytest.approx(right, abs=1e-3)
    assert left == pytest.approx(0.2 * 5 * 0.04, rel=0.3)  # 0.2 m/s
    assert left < OPEN


def test_a_figure_shows_the_hand_and_the_parts_that_the_object_has(models):
    pose = rest(HAND)
    pose[2], pose[6:9] = 0.09, (0.01, 0.0, 0.03)
    for kind, parts in {"box": 1, "cone": 4, "angle": 2}.items():
        shape = figure(HAND, pose, model=models[kind])
        assert shape.loose.sum() == parts
        assert len(shape.radii) == 3 + parts  # a palm and two jaws
    box = figure(HAND, pose, model=models["box"]).ends[-1]
    np.testing.assert_allclose(box.max(0), [0.05, 0.02, 0.05], atol=1e-9)
    np.testing.assert_allclose(box.min(0), [-0.03, -0.02, 0.01], atol=1e-9)
    capsule = figure(HAND, pose, model=models["capsule"])
    assert capsule.radii[-1] == pytest.approx(0.02)
    np.testing.assert_allclose(np.unique(np.round(capsule.ends[-1], 9)[:, 0]), [-0.01, 0.03], atol=1e-9)
