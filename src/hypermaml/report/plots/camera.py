"""Look at a machine orthographically, so that all of it is to scale.

A robot that lives in a plane is seen at a right angle; another from a little above and in front, so that its legs do
not hide each other.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

AZIMUTH, ELEVATION = np.radians((18.0, 26.0))
DEPTH = 0.2  # m that is seen of the floor, at least


class Camera(NamedTuple):
    """The axes of a picture in the world, of length 1: to the right, up, and away from the viewer."""

    right: Float[np.ndarray, "3"]
    up: Float[np.ndarray, "3"]
    away: Float[np.ndarray, "3"]

    @property
    def level(self) -> bool:
        """Return whether it sees the floor as a line."""
        return self.up[1] == 0.0

    def see(self, points: Float[np.ndarray, "*points 3"]) -> Float[np.ndarray, "*points 2"]:
        """Project points of the world into the picture, in m."""
        return points @ np.stack([self.right, self.up], axis=-1)


class Box(NamedTuple):
    """A part of a picture, in m around the point of the floor that the camera follows."""

    left: float
    right: float
    low: float
    high: float


def camera(ends: Float[np.ndarray, "*pose solid end 3"]) -> Camera:
    """Return the camera for a robot: at a right angle where it stays in the plane y = 0."""
    flat = not np.nan_to_num(ends[..., 1]).any()
    azimuth, elevation = (0.0, 0.0) if flat else (AZIMUTH, ELEVATION)
    right = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
    ahead = np.array([-np.sin(azimuth), np.cos(azimuth), 0.0])
    sky = np.array([0.0, 0.0, 1.0])
    return Camera(
        right,
        np.cos(elevation) * sky + np.sin(elevation) * ahead,
        np.cos(elevation) * ahead - np.sin(elevation) * sky,
    )


def below(ends: Float[np.ndarray, "*pose solid end 3"]) -> Float[np.ndarray, "*pose 3"]:
    """Return the point of the floor below the torso, which is the first solid."""
    return ends[..., 0, :, :].mean(-2) * [1.0, 1.0, 0.0]


def room(
    camera: Camera,
    ends: Float[np.ndarray, "*pose solid end 3"],
    radii: Float[np.ndarray, " solid"],
    at: Float[np.ndarray, "*pose 3"],
    *,
    scale: float = 1.0,
) -> Box:
    """Return the box that holds the machine in all these poses, with a margin; as wide to the left as to the right.

    Args:
        camera: sees it.
        ends: of its solids.
        radii: of its solids.
        at: the point of the floor that the camera follows.
        scale: of the margins and of the least size.
    """
    seen = camera.see(ends - at[..., None, None, :])
    reach = radii[:, None]
    half = 0.12 * scale + float(np.nanmax(np.abs(seen[..., 0]) + reach, initial=0.5 * scale))
    low, high = np.nanmin(seen[..., 1] - reach, initial=0.0), np.nanmax(seen[..., 1] + reach, initial=0.5 * scale)
    return Box(-half, half, min(float(low) - 0.1 * scale, -DEPTH * scale), float(high) + 0.1 * scale)
