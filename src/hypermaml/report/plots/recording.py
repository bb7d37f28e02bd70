"""Draw what a strip and a video of a recording share: panels, the machine at a moment, the step metric over time."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from hypermaml.apply.recording import Recording
from hypermaml.report.looks import PACKAGE
from hypermaml.report.plots.camera import Box, Camera
from hypermaml.report.plots.robot import Solids, draw_floor, draw_robot
from hypermaml.report.plots.style import INK, PAPER, TRUTH
from hypermaml.report.plots.traces import mean_over_trajectories
from hypermaml.report.plots.words import Words, signed, words_of

BEFORE = "#8a929c"


def set_out(
    recording: Recording,
    rows: Sequence[tuple[float, float]],
    *,
    across: float,
    method: str,
    family: str,
    place: str,
    pace: str = "",
) -> tuple[Figure, list[Axes], Axes]:
    """Return a figure with its words and its step metric over time.

    Args:
        recording: to draw.
        rows: the space above each of the three panels, and its height; in inches.
        across: width of the panels, in inches.
        method: its name.
        family: of tasks.
        place: which task of the split it is.
        pace: of a video, where it is not real time.

    Returns:
        The figure, its panels before and after adaptation, and the panel of the step metric.
    """
    narrow = across < 9  # both the words and the legend need two lines
    left, right, bottom = 0.8, 0.15, 1.15 if narrow else 0.95
    wide, tall = left + across + right, sum(map(sum, rows)) + bottom
    figure = Figure(figsize=(wide, tall), facecolor=PAPER)
    lows = tall - np.cumsum([above + height for above, height in rows])
    before, after, step_metric = (
        figure.add_axes((left / wide, low / tall, across / wide, height / tall))
        for low, (_, height) in zip(lows, rows, strict=True)
    )
    words = words_of(recording)
    for stage, panel in enumerate((before, after)):
        panel.set_axis_off()
        panel.set_title(_heading(recording, words, stage), fontsize=10.5, pad=5)
    drawn = f"Drawn is the first of {recording.step_metric.shape[1]} sampled trajectories{pace}."
    at, title = left / wide, f"{PACKAGE.label(method)} on {family}: {words.aim}"
    figure.text(at, 1 - 0.14 / tall, title, fontsize=13, fontweight="bold", va="top")
    figure.text(at, 1 - 0.43 / tall, place + (".\n" if narrow else ". ") + drawn, fontsize=9.5, va="top")
    entries = _draw_step_metric(step_metric, recording, words, colors(method))
    figure.legend(handles=entries, loc="lower center", ncols=2 if narrow else 4, bbox_to_anchor=(0.5, 0.06 / tall))
    return figure, [before, after], step_metric


def colors(method: str) -> tuple[str, str]:
    """Return the colors before and after adaptation."""
    return BEFORE, PACKAGE[method].color


def state(recording: Recording, words: Words, stage: int, time: int) -> str:
    """Describe a moment: its time, and how far the machine has come."""
    end = _ended(recording, stage)
    if time >= end:
        return f"over at {end * recording.seconds:.2f} s"
    return f"{time * recording.seconds:.2f} s, {words.moment(stage, time)}"


def draw_moment(
    panel: Axes,
    recording: Recording,
    words: Words,
    stage: int,
    time: int,
    view: Camera,
    box: Box,
    *,
    color: str,
    shift: float = 0.0,
) -> list[Artist]:
    """Draw the machine and the floor below it at a step of time; after the end, a hint of its last pose."""
    end = _ended(recording, stage)
    if not end:
        return []
    time, faint = min(time, end - 1), time >= end
    at, solids = words.at[stage, time], Solids(recording.ends[stage, time], recording.radii, recording.loose)
    floor = draw_floor(panel, view, box, at, shift=shift, scale=words.scale)
    robot = draw_robot(panel, view, solids, at, color=color, shift=shift, scale=words.scale, faint=faint)
    wall = floor[0]
    if recording.loose.any() and isinstance(wall, Patch):  # what slides away does not slide into the next frame
        for artist in robot:
            artist.set_clip_path(wall)
    return [*floor, *robot]


def _heading(recording: Recording, words: Words, stage: int) -> str:
    """Return the title of a stage, with its scores."""
    when = ("Before adaptation", f"After {recording.steps} inner step{'s' * (recording.steps > 1)}")[stage]
    return signed(f"{when}: {words.heading(stage)}return {recording.returns[stage]:.1f}")


def _ended(recording: Recording, stage: int) -> int:
    """Return the number of steps of the drawn trajectory."""
    return int(np.isfinite(recording.step_metric[stage, 0]).sum())


def _draw_step_metric(panel: Axes, recording: Recording, words: Words, colors: tuple[str, str]) -> list[Line2D]:
    """Draw the mean step metric over time, that of the drawn trajectory, and the goal; return the legend's entries."""
    time = (1 + np.arange(recording.step_metric.shape[-1])) * recording.seconds
    level = panel.axhline(words.level, color=TRUTH, linewidth=5, zorder=1)
    level.set_label(words.goal)
    entries = [level]
    stages = ("before adaptation", "after the last inner step")
    for step_metric, color, style, stage in zip(
        words.factor * recording.step_metric, colors, (":", "-"), stages, strict=True
    ):
        panel.plot(time, step_metric[0], color=color, alpha=0.4, linewidth=0.9, zorder=2)
        entries += panel.plot(
            time,
            mean_over_trajectories(step_metric),
            color=color,
            linewidth=1.8,
            linestyle=style,
            zorder=3,
            label=stage,
        )
    panel.set(xlabel="time, s", ylabel=words.axis)
    return [*entries, Line2D([], [], color=INK, alpha=0.4, linewidth=0.9, label="the trajectory that is drawn")]
