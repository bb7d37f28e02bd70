"""Draw a machine and the floor that it is on: filled outlines of its solids, true to scale."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from hypermaml.report.plots.camera import Box, Camera
from hypermaml.report.plots.style import INK, PAPER

TILE = 0.5  # m between two lines of the floor
FLOOR, WALL, SHADOW, LOOSE = "#e4e9ee", "#f6f8fa", "#cdd5dd", "#e8b500"
_CORNERS = 13  # of a half circle; odd, so that one is at its end


class Solids(NamedTuple):
    """The solids of a machine in one pose; see `hypermaml.sim.figure.Figure`."""

    ends: Float[np.ndarray, "solid end 3"]
    radii: Float[np.ndarray, " solid"]
    loose: Bool[np.ndarray, " solid"]


def outlines(
    ends: Float[np.ndarray, "solid end 2"], radii: Float[np.ndarray, " solid"]
) -> list[Float[np.ndarray, "corner 2"]]:
    """Return the outlines of solids in a picture: a capsule's for two points, for more the hull's."""
    if ends.shape[1] == 2:
        return list(stadiums(ends, radii))
    angle = np.linspace(0.0, 2 * np.pi, 2 * _CORNERS, endpoint=False)
    rim = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return [hull((points[:, None] + radius * rim).reshape(-1, 2)) for points, radius in zip(ends, radii, strict=True)]


def hull(points: Float[np.ndarray, "point 2"]) -> Float[np.ndarray, "corner 2"]:
    """Return the convex hull of points, counter-clockwise (Andrew 1979)."""
    points = np.unique(np.round(points, 9), axis=0)

    def side(ordered: Float[np.ndarray, "point 2"]) -> list[Float[np.ndarray, "2"]]:
        kept: list[Float[np.ndarray, "2"]] = []
        for point in ordered:
            while len(kept) > 1 and _bend(kept[-2], kept[-1], point) <= 0:
                kept.pop()
            kept.append(point)
        return kept[:-1]

    return np.array(side(points) + side(points[::-1])) if len(points) > 1 else points


def _bend(a: Float[np.ndarray, "2"], b: Float[np.ndarray, "2"], c: Float[np.ndarray, "2"]) -> float:
    """Return a number above 0 where the path from a over b to c bends to the left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def stadiums(
    ends: Float[np.ndarray, "capsule 2 2"], radii: Float[np.ndarray, " capsule"]
) -> Float[np.ndarray, "capsule corner 2"]:
    """Return the outlines of capsules in a picture."""
    along = ends[:, 1] - ends[:, 0]
    angle = np.arctan2(along[:, 1], along[:, 0])[:, None] + np.linspace(-np.pi / 2, np.pi / 2, _CORNERS)
    cap = radii[:, None, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return np.concatenate([ends[:, 1, None] + cap, ends[:, 0, None] - cap], axis=1)


def draw_robot(
    panel: Axes,
    camera: Camera,
    solids: Solids,
    at: Float[np.ndarray, "3"],
    *,
    color: str,
    shift: float = 0.0,
    scale: float = 1.0,
    faint: bool = False,
) -> list[Artist]:
    """Draw a machine: nearer parts lie over farther ones and are darker. The object that it handles has its own color.

    Args:
        panel: in m.
        camera: sees it.
        solids: of the machine.
        at: the point of the floor that comes to lie at `(shift, 0)`.
        color: of the nearest parts.
        shift: in m.
        scale: of the picture.
        faint: whether it is drawn in pale colors.
    """
    here, radii = solids.ends - at, solids.radii
    depth = (here @ camera.away).mean(-1)
    order = np.argsort(-(depth - radii), kind="stable")
    shown = outlines(np.add(camera.see(here), (shift, 0.0))[order], radii[order])
    far = np.clip(0.5 + 0.9 * depth[order] / scale, 0.0, 1.0)[:, None] * (0.0 if camera.level else 0.55)
    far = 0.7 + 0.3 * far if faint else far
    near = np.where(solids.loose[order, None], to_rgb(LOOSE), to_rgb(color))
    colors = (1 - far) * near + far * to_rgb(PAPER)
    flat = np.add(camera.see(here * [1.0, 1.0, 0.0]), (shift, 0.0))
    shadow = outlines(flat, radii * (0.0 if camera.level else 0.8))
    return [
        panel.add_collection(PolyCollection(shadow, facecolors=SHADOW, linewidths=0, zorder=2)),
        panel.add_collection(PolyCollection(shown, facecolors=colors, edgecolors=PAPER, linewidths=0.6, zorder=3)),
    ]


def draw_floor(
    panel: Axes, camera: Camera, box: Box, at: Float[np.ndarray, "3"], *, shift: float = 0.0, scale: float = 1.0
) -> list[Artist]:
    """Draw the floor around a point of it, with a line every `TILE`, and a dark one where x is 0.

    Args:
        panel: in m.
        camera: sees it; where it sees the floor as a line, the ground below is drawn, with labelled lines.
        box: the part that is drawn.
        at: the point, which comes to lie at `(shift, 0)`.
        shift: in m.
        scale: of the picture; of the lines' distance, too.
    """
    width, height = box.right - box.left, box.high - box.low
    reach = width + height
    tile = TILE * scale
    count = int(reach / tile) + 2
    ticks = tile * (np.floor(at / tile)[:, None] + np.arange(-count, count + 1)) - at[:, None]  # of each axis
    far, none, top = np.full_like(ticks[0], reach), np.zeros_like(ticks[0]), 0.0 if camera.level else box.high
    if camera.level:
        lines = np.stack([ticks[0], none + box.low, ticks[0], none], axis=-1).reshape(-1, 2, 2)
    else:
        across = np.stack([ticks[0], -far, none, ticks[0], far, none], axis=-1)
        along = np.stack([-far, ticks[1], none, far, ticks[1], none], axis=-1)
        lines = camera.see(np.concatenate([along, across]).reshape(-1, 2, 3))
    start = lines[-len(far) :][np.isclose(ticks[0], -at[0])]
    corner = (shift + box.left, box.low)
    wall = panel.add_patch(Rectangle(corner, width, height, facecolor=WALL, linewidth=0, zorder=0))
    floor = panel.add_patch(Rectangle(corner, width, top - box.low, facecolor=FLOOR, linewidth=0, zorder=0.5))
    drawn: list[Artist] = [wall, floor]
    for some, color, zorder in ((lines, PAPER, 1.0), (start, INK, 1.5)):
        shifted = list(np.add(some, (shift, 0.0)))
        drawn.append(panel.add_collection(LineCollection(shifted, colors=color, linewidths=1.1, zorder=zorder)))
        drawn[-1].set_clip_path(floor)
    for tick in ticks[0] if camera.level else ():
        place = round(tick + at[0], 2)
        if place.is_integer() and box.left + 0.03 < tick < box.right - 0.3:
            words = f" {place:.0f} m".replace("-", "\N{MINUS SIGN}")
            drawn.append(panel.text(shift + tick, box.low / 2, words, fontsize=7, va="center_baseline", zorder=2))
    return drawn
