import numpy as np
import pytest

from hypermaml.sim.shape import ARM, KINDS, PARTS, TIP, solids

SIZES = {
    "box": (0.04, 0.02, 0.03),
    "cylinder": (0.02, 0.02, 0.03),
    "ellipsoid": (0.04, 0.02, 0.015),
    "cone": (0.025, 0.025, 0.03),
    "angle": (0.04, 0.02, 0.03),
    "capsule": (0.04, 0.02, 0.02),
}


def box_of(solid):
    """Half of a solid's length, width and height."""
    if solid.form in ("box", "ellipsoid"):
        return np.array(solid.size)
    radius, half = solid.size
    along = half + (radius if solid.form == "capsule" else 0.0)
    return np.array([along, radius, radius]) if solid.lying else np.array([radius, radius, along])


@pytest.mark.parametrize("kind", KINDS)
def test_the_parts_of_an_object_fill_its_measures_and_share_its_mass(kind):
    parts = solids(kind, np.array(SIZES[kind]))
    assert 1 <= len(parts) <= PARTS
    assert sum(part.share for part in parts) == pytest.approx(1)
    low = np.min([part.center - box_of(part) for part in parts], axis=0)
    high = np.max([part.center + box_of(part) for part in parts], axis=0)
    np.testing.assert_allclose(high, SIZES[kind], atol=1e-12)
    np.testing.assert_allclose(low, np.negative(SIZES[kind]), atol=1e-12)


def test_a_cone_gets_thinner_upward_and_its_discs_weigh_as_their_areas():
    parts = solids("cone", np.array(SIZES["cone"]))
    radii = np.array([part.size[0] for part in parts])
    np.testing.assert_allclose(radii, [0.025, 0.02, 0.015, 0.01])
    assert radii[-1] == pytest.approx(TIP * radii[0])
    np.testing.assert_allclose([part.share for part in parts], radii**2 / (radii**2).sum())
    assert [part.center[2] for part in parts] == sorted(part.center[2] for part in parts)


def test_the_arms_of_an_angle_touch_and_do_not_overlap():
    upright, foot = solids("angle", np.array(SIZES["angle"]))
    assert upright.center[0] + upright.size[0] == pytest.approx(foot.center[0] - foot.size[0])
    assert 2 * foot.size[2] == pytest.approx(ARM * 2 * 0.03)
    assert upright.share / foot.share == pytest.approx(np.prod(upright.size) / np.prod(foot.size))
