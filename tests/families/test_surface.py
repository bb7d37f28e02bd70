"""Clouds against the solids that MuJoCo collides: their points lie on the outside of one, and inside of none."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.families.surface import cloud
from hypermaml.sim.shape import ARM, KINDS, GraspObject, solids

SIZES = {
    "box": (0.04, 0.02, 0.03),
    "cylinder": (0.02, 0.02, 0.03),
    "ellipsoid": (0.04, 0.02, 0.015),
    "cone": (0.025, 0.025, 0.03),
    "angle": (0.04, 0.02, 0.03),
    "capsule": (0.04, 0.02, 0.02),
}


@pytest.fixture(scope="module")
def clouds():
    """A compiled function from a kind to many points of it."""
    draw = jax.jit(lambda kind, size: cloud(GraspObject(kind, size, *[0.0] * 4), 4000, key=jax.random.key(0)))
    return lambda name: np.asarray(draw(jnp.asarray(KINDS.index(name)), jnp.asarray(SIZES[name])), float)


def depth(solid, points):
    """How far inside of a solid points are, as a share of its size: 0 on its surface, below it outside."""
    x, y, z = (points - solid.center).T
    if solid.lying:
        x, z = z, x
    if solid.form == "box":
        return np.min([1 - abs(each) / half for each, half in zip((x, y, z), solid.size, strict=True)], axis=0)
    if solid.form == "ellipsoid":
        return 1 - np.sqrt(sum((each / half) ** 2 for each, half in zip((x, y, z), solid.size, strict=True)))
    radius, half = solid.size
    if solid.form == "capsule":
        return 1 - np.sqrt(x**2 + y**2 + np.maximum(abs(z) - half, 0) ** 2) / radius
    return np.minimum(1 - np.hypot(x, y) / radius, 1 - abs(z) / half)


@pytest.mark.parametrize("kind", KINDS)
def test_points_lie_on_the_surface(clouds, kind):
    depths = [depth(solid, clouds(kind)) for solid in solids(kind, np.array(SIZES[kind]))]
    np.testing.assert_allclose(np.max(depths, axis=0), 0, atol=2e-5)
    size = np.array(SIZES[kind])
    assert (abs(clouds(kind)).max(0) > 0.97 * size).all()


def test_a_box_has_as_many_points_on_a_face_as_its_area_asks(clouds):
    points, (a, b, c) = clouds("box"), SIZES["box"]
    on = [np.mean(abs(points[:, axis]) > half - 1e-6) for axis, half in enumerate((a, b, c))]
    areas = np.array([b * c, a * c, a * b])
    np.testing.assert_allclose(on, areas / areas.sum(), atol=0.04)  # more than four standard errors
    np.testing.assert_allclose(points.mean(0), 0, atol=2.5e-3)


def test_a_cylinder_and_a_capsule_have_closed_areas(clouds):
    radius, _, half = SIZES["cylinder"]
    ends = np.mean(abs(clouds("cylinder")[:, 2]) > half - 1e-6)
    assert ends == pytest.approx(2 * radius / (2 * radius + 4 * half), abs=0.04)
    length, radius, _ = SIZES["capsule"]
    caps = np.mean(abs(clouds("capsule")[:, 0]) > length - radius)
    assert caps == pytest.approx(radius / length, abs=0.04)


def test_the_steps_of_a_cone_and_the_caps_of_an_angle_count_as_much_as_they_are_wide(clouds):
    base, height = SIZES["cone"][0], SIZES["cone"][2]
    radii = base * np.array([1, 0.8, 0.6, 0.4])
    area = 2 * base**2 + np.sum(2 * radii * height / 2)
    bottom = np.mean(clouds("cone")[:, 2] < -height + 1e-6)
    assert bottom == pytest.approx(base**2 / area, abs=0.04)
    a, b, c = SIZES["angle"]
    caps = 2 * 4 * a * c * (2 * ARM - ARM**2)
    outline = 2 * b * 2 * (2 * a + 2 * c)  # an L is as long around as its box
    on = np.mean(abs(clouds("angle")[:, 1]) > b - 1e-6)
    assert on == pytest.approx(caps / (caps + outline), abs=0.04)
