"""Points on the surfaces of objects to grasp."""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.sim.shape import ARM, KINDS, GraspObject, Kind, disc_radii


def cloud(grasp_object: GraspObject, points: int, *, key: PRNGKeyArray) -> Float[Array, "point 3"]:
    """Draw random points of an object's surface in its own frame, in m.

    They are uniform over the area, but on an ellipsoid, where they are those of a sphere that was stretched.

    Args:
        grasp_object: unstacked; position and yaw do not matter.
        points: how many.
        key: draws them.
    """
    numbers = jax.random.uniform(key, (points, 3))
    drawn = [jax.vmap(lambda u, draw=_DRAWN[kind]: draw(grasp_object.size, u))(numbers) for kind in KINDS]
    return jnp.stack(drawn)[grasp_object.kind]


def _box(size: Float[Array, "3"], u: Float[Array, "3"]) -> Float[Array, "3"]:
    """One of three pairs of faces, and one of the pair."""
    areas = jnp.array([size[1] * size[2], size[0] * size[2], size[0] * size[1]])
    axis, within = _pick(areas, u[0])
    sides = 2 * jnp.array([within, u[1], u[2]]) - 1
    normal = jnp.arange(3) == axis
    return size * jnp.where(normal, jnp.sign(sides[0]), jnp.roll(jnp.array([0.0, sides[1], sides[2]]), axis))


def _angle(size: Float[Array, "3"], u: Float[Array, "3"]) -> Float[Array, "3"]:
    """Its outline, an L, drawn out over the width; or one of the two caps, of two rectangles each."""
    length, width, height = size
    inner, floor = (2 * ARM - 1) * length, (2 * ARM - 1) * height
    corners = jnp.array([[-length, -height], [length, -height], [length, floor], [inner, floor]])
    corners = jnp.concatenate([corners, jnp.array([[inner, height], [-length, height]])])
    edges = jnp.roll(corners, -1, axis=0) - corners
    foot, upright = 4 * length * ARM * height, 4 * ARM * length * (1 - ARM) * height
    areas = jnp.concatenate([2 * width * jnp.sqrt(jnp.sum(jnp.square(edges), axis=1)), 2 * jnp.array([foot, upright])])
    part, within = _pick(areas, u[0])
    edge = jnp.minimum(part, 5)
    x, z = corners[edge] + u[1] * edges[edge]
    on_outline = jnp.array([x, (2 * u[2] - 1) * width, z])
    side = jnp.where(within < 0.5, -width, width)
    on_foot = jnp.array([(2 * u[1] - 1) * length, side, -height + u[2] * (floor + height)])
    on_upright = jnp.array([-length + u[1] * (inner + length), side, floor + u[2] * (height - floor)])
    return jnp.where(part == 6, on_foot, jnp.where(part == 7, on_upright, on_outline))


def _stack(radii: Float[Array, " disc"], height: Float[Array, ""], u: Float[Array, "3"]) -> Float[Array, "3"]:
    """Of discs that lie on each other: the base, then the side and the ring at the top of each."""
    thickness, above = 2 * height / len(radii), jnp.append(radii[1:], 0.0)
    rings, sides = jnp.square(radii) - jnp.square(above), 2 * radii * thickness
    part, within = _pick(jnp.concatenate([jnp.square(radii[:1]), sides, rings]), u[0])
    disc = jnp.maximum(part - 1, 0) % len(radii)
    low, inside = -height + disc * thickness, jnp.where(part == 0, 0.0, above[disc])
    flat = jnp.sqrt(jnp.square(inside) + u[1] * (jnp.square(radii[disc]) - jnp.square(inside)))
    on_side = (part > 0) & (part <= len(radii))
    radius = jnp.where(on_side, radii[disc], flat)
    z = jnp.where(part == 0, -height, jnp.where(on_side, low + within * thickness, low + thickness))
    return jnp.append(radius * _circle(u[2]), z)


def _cylinder(size: Float[Array, "3"], u: Float[Array, "3"]) -> Float[Array, "3"]:
    return _stack(size[1:2], size[2], u)


def _cone(size: Float[Array, "3"], u: Float[Array, "3"]) -> Float[Array, "3"]:
    return _stack(jnp.stack(disc_radii(size[1])), size[2], u)


def _ellipsoid(size: Float[Array, "3"], u: Float[Array, "3"]) -> Float[Array, "3"]:
    up = 2 * u[0] - 1
    return size * jnp.append(jnp.sqrt(1 - jnp.square(up)) * _circle(u[1]), up)


def _capsule(size: Float[Array, "3"], u: Float[Array, "3"]) -> Float[Array, "3"]:
    """The area of a slice of a cap is that of the same slice of the cylinder around it (Archimedes)."""
    length, radius, _ = size
    along = (2 * u[0] - 1) * length
    beyond = jnp.maximum(jnp.abs(along) - (length - radius), 0.0)
    around = jnp.sqrt(jnp.maximum(jnp.square(radius) - jnp.square(beyond), 0.0)) * _circle(u[1])
    return jnp.concatenate([along[None], around])


def _circle(u: Float[Array, ""]) -> Float[Array, "2"]:
    return jnp.array([jnp.cos(2 * jnp.pi * u), jnp.sin(2 * jnp.pi * u)])


def _pick(areas: Float[Array, " part"], u: Float[Array, ""]) -> tuple[Array, Array]:
    """A part in proportion to its area, and where in [0, 1) the number fell within it."""
    ends = jnp.cumsum(areas) / jnp.sum(areas)
    part = jnp.minimum(jnp.sum(u >= ends), len(areas) - 1)
    share = areas[part] / jnp.sum(areas)
    return part, jnp.clip((u - ends[part] + share) / share, 0.0, 1.0)


_DRAWN: Mapping[Kind, Callable[[Array, Array], Array]] = {
    "box": _box,
    "cylinder": _cylinder,
    "ellipsoid": _ellipsoid,
    "cone": _cone,
    "angle": _angle,
    "capsule": _capsule,
}
