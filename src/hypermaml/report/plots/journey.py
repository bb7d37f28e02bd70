"""What a strip and a video of a journey have in common: panels, words, the robot at a moment, the speed over time."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hypermaml.compare.riding import Journey
from hypermaml.report.plots.camera import Box, Camera, below
from hypermaml.report.plots.robot import draw_floor, draw_robot
from hypermaml.report.plots.style import INK, PAPER, TRUTH, label, look
from hypermaml.report.plots.traces import mean_over_trajectories

BEFORE = "#8a929c"


def set_out(
    journey: Journey,
    rows: Sequence[tuple[float, float]],
    *,
    across: float,
    method: str,
    family: str,
    place: str,
    pace: str = "",
) -> tuple[Figure, list[Axes], Axes]:
    """A figure with its words and its speeds.

    Args:
        journey: what is drawn.
        rows: the space above each of the three panels, and its height; in inches.
        across: width of the panels, in inches.
        method: its name.
        family: of tasks.
        place: which task it is.
        pace: of a video, where it is not the real one.

    Returns:
        The figure, its panels before and after adaptation, and the panel of speeds.
    """
    narrow = across < 9  # both the words and the legend need two lines
    left, right, bottom = 0.8, 0.15, 1.15 if narrow else 0.95
    wide, tall = left + across + right, sum(map(sum, rows)) + bottom
    figure = Figure(figsize=(wide, tall), facecolor=PAPER)
    lows = tall - np.cumsum([above + height for above, height in rows])
    before, after, speed = (
        figure.add_axes((left / wide, low / tall, across / wide, height / tall))
        for low, (_, height) in zip(lows, rows, strict=True)
    )
    for stage, panel in enumerate((before, after)):
        panel.set_axis_off()
        panel.set_title(_heading(journey, stage), fontsize=10.5, pad=5)
    aim = f"{journey.task:.2f} m/s" if _keeps(journey) else ("forward" if journey.task > 0 else "backward")
    drawn = f"Drawn is the first of {journey.speed.shape[1]} sampled trajectories{pace}."
    at, title = left / wide, f"{label(method)} on {family}: {aim}"
    figure.text(at, 1 - 0.14 / tall, title, fontsize=13, fontweight="bold", va="top")
    figure.text(at, 1 - 0.43 / tall, place + (".\n" if narrow else ". ") + drawn, fontsize=9.5, va="top")
    entries = _draw_speeds(speed, journey, colors(method))
    figure.legend(handles=entries, loc="lower center", ncols=2 if narrow else 4, bbox_to_anchor=(0.5, 0.06 / tall))
    return figure, [before, after], speed


def colors(method: str) -> tuple[str, str]:
    """Before and after adaptation."""
    return BEFORE, look(method).color


def state(journey: Journey, stage: int, time: int) -> str:
    """When a moment is and how far the torso has come by then."""
    end, ends = _ended(journey, stage), journey.ends[stage]
    if time >= end:
        return f"over at {end * journey.seconds:.2f} s"
    way = (below(ends[time]) - below(ends[0]))[0]
    return f"{time * journey.seconds:.2f} s, " + _signed(f"{round(way, 2) + 0.0:+.2f} m")


def draw_moment(
    panel: Axes, journey: Journey, stage: int, time: int, view: Camera, box: Box, *, color: str, shift: float = 0.0
) -> list[Artist]:
    """Draws the robot and the floor below it at a step of time; after the end, a hint of its last pose."""
    end = _ended(journey, stage)
    if not end:
        return []
    ends = journey.ends[stage, min(time, end - 1)]
    return [
        *draw_floor(panel, view, box, below(ends), shift=shift),
        *draw_robot(panel, view, ends, journey.radii, color=color, shift=shift, faint=time >= end),
    ]


def _keeps(journey: Journey) -> bool:
    """Whether the task is to keep a velocity."""
    return journey.goal == "velocity"


def _heading(journey: Journey, stage: int) -> str:
    """When it is, and how good."""
    when = ("Before adaptation", f"After {journey.steps} inner step{'s' * (journey.steps > 1)}")[stage]
    speed = journey.speed[stage][np.isfinite(journey.speed[stage])]
    mean = f"{speed.mean():.2f} m/s on average, " if speed.size else ""
    return _signed(f"{when}: {mean}return {journey.returns[stage]:.1f}")


def _signed(text: str) -> str:
    """With a minus sign for each hyphen."""
    return text.replace("-", "\N{MINUS SIGN}")


def _ended(journey: Journey, stage: int) -> int:
    """Steps of the drawn trajectory."""
    return int(np.isfinite(journey.speed[stage, 0]).sum())


def _draw_speeds(panel: Axes, journey: Journey, colors: tuple[str, str]) -> list[Line2D]:
    """Draws the mean speed over time, that of the drawn trajectory, and the goal; returns what a legend needs."""
    keep, time = _keeps(journey), (1 + np.arange(journey.speed.shape[-1])) * journey.seconds
    level = panel.axhline(journey.task if keep else 0.0, color=TRUTH, linewidth=5, zorder=1)
    level.set_label("speed to keep" if keep else "standing still")
    entries = [level]
    words = ("before adaptation", "after the last inner step")
    for speed, color, style, word in zip(journey.speed, colors, (":", "-"), words, strict=True):
        panel.plot(time, speed[0], color=color, alpha=0.4, linewidth=0.9, zorder=2)
        entries += panel.plot(
            time, mean_over_trajectories(speed), color=color, linewidth=1.8, linestyle=style, zorder=3, label=word
        )
    panel.set(xlabel="time, s", ylabel="speed, m/s")
    return [*entries, Line2D([], [], color=INK, alpha=0.4, linewidth=0.9, label="the trajectory that is drawn")]
