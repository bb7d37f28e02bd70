"""Shapes of objects to grasp: the numbers of a task, and the solids that its object is made of. No MuJoCo here."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Float

Kind = Literal["box", "cylinder", "ellipsoid", "cone", "angle", "capsule"]
KINDS: tuple[Kind, ...] = ("box", "cylinder", "ellipsoid", "cone", "angle", "capsule")
PARTS = 4  # solids of every object; those that a kind does not need weigh nothing and touch nothing
TIP = 0.4  # radius of a cone's top disc, as a share of its base's
ARM = 0.3  # thickness of both arms of an angle, as a share of its width and of its height


class GraspObject(NamedTuple):
    """One object on the table, or many, stacked along the first axis: a task.

    Attributes:
        kind: index in `KINDS`.
        size: half of its length, width and height at rest, in m, `(..., 3)`; jaws close over its width.
        mass: in kg.
        friction: coefficient of sliding against everything.
        yaw: about the vertical from the x axis to its length, in rad.
        position: of its middle on the table, x and y in m, `(..., 2)`.
    """

    kind: Any
    size: Any
    mass: Any
    friction: Any
    yaw: Any
    position: Any


class Solid(NamedTuple):
    """A convex part of an object, in the frame of its bounding box.

    Attributes:
        form: a geometry of MuJoCo: box, cylinder, ellipsoid or capsule.
        size: as MuJoCo reads it, in m.
        center: in m.
        lying: whether its axis is the object's length instead of the vertical.
        share: of the mass.
    """

    form: Literal["box", "cylinder", "ellipsoid", "capsule"]
    size: tuple[float, ...]
    center: tuple[float, float, float]
    lying: bool
    share: float


def solids(kind: Kind, size: Float[np.ndarray, "3"]) -> list[Solid]:
    """Return the solids of an object, at most `PARTS`.

    A cylinder stands and a capsule lies along its length; a cone is a stack of four discs, each thinner than the one
    below it; an angle is an L that stands on one arm, with the other at the end of negative x.

    Args:
        kind: of the object.
        size: half of its length, width and height in m.
    """
    length, width, height = map(float, size)
    if kind == "cylinder":
        return [Solid("cylinder", (width, height), (0.0, 0.0, 0.0), False, 1.0)]
    if kind == "capsule":
        return [Solid("capsule", (width, length - width), (0.0, 0.0, 0.0), True, 1.0)]
    if kind == "cone":
        radii = np.array(disc_radii(width))
        shares = radii**2 / np.sum(radii**2)
        centers = height * (np.arange(PARTS) * 2 + 1 - PARTS) / PARTS
        return [
            Solid("cylinder", (float(radius), height / PARTS), (0.0, 0.0, float(center)), False, float(share))
            for radius, center, share in zip(radii, centers, shares, strict=True)
        ]
    if kind == "angle":
        upright = Solid("box", (ARM * length, width, height), ((ARM - 1) * length, 0.0, 0.0), False, 1.0)
        foot = Solid(
            "box", ((1 - ARM) * length, width, ARM * height), (ARM * length, 0.0, (ARM - 1) * height), False, 1 - ARM
        )
        total = upright.share + foot.share
        return [solid._replace(share=solid.share / total) for solid in (upright, foot)]
    return [Solid(kind, (length, width, height), (0.0, 0.0, 0.0), False, 1.0)]


def disc_radii(base: Any) -> list[Any]:
    """Return the radii of a cone's discs, from its base to its tip."""
    return [base * (1 - (1 - TIP) * step / (PARTS - 1)) for step in range(PARTS)]
