"""A strip of frames: a machine on one task before and after adaptation, and its gauge over time."""

import io

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from hypermaml.apply.recording import Journey
from hypermaml.report.plots.camera import camera, room
from hypermaml.report.plots.journey import colors, draw_moment, set_out, state
from hypermaml.report.plots.style import SETTINGS
from hypermaml.report.plots.words import words_of

FRAMES = 8
_ACROSS = 10.0  # inches of the frames side by side
_GAP = 0.05  # m between two frames


def plot_strip(journey: Journey, *, method: str, family: str, place: str) -> Figure:
    """Draws a few frames before and as many after adaptation, and below them the gauge, each frame above its moment.

    Args:
        journey: what is drawn.
        method: its name.
        family: of tasks.
        place: which task it is.
    """
    horizon, words = journey.gauge.shape[-1], words_of(journey)
    picks = np.unique(np.round(np.linspace(0, horizon - 1, FRAMES)).astype(int))
    moments = picks * journey.seconds
    view = camera(journey.ends)
    box = room(view, journey.own, journey.radii[~journey.loose], words.at, scale=words.scale)
    cell = box.right - box.left + _GAP * words.scale
    row = _ACROSS * (box.high - box.low) / (cell * FRAMES)
    rows = [(1.0, row), (0.68, row), (0.42, 1.7)]
    with matplotlib.rc_context(SETTINGS):
        figure, strips, gauge = set_out(journey, rows, across=_ACROSS, method=method, family=family, place=place)
        for stage, (strip, color) in enumerate(zip(strips, colors(method), strict=True)):
            strip.set(xlim=(-cell / 2, cell * (FRAMES - 0.5)), ylim=(box.low, box.high))
            for shift, time in zip(cell * np.arange(FRAMES), picks, strict=False):
                draw_moment(strip, journey, words, stage, time, view, box, color=color, shift=shift)
                below = {"xytext": (0, -4), "textcoords": "offset points", "ha": "center", "va": "top"}
                strip.annotate(state(journey, words, stage, time), (shift, box.low), fontsize=8.5, **below)
        half = moments[-1] / max(len(picks) - 1, 1) / 2 or journey.seconds
        gauge.set(xlim=(-half, -half + 2 * half * FRAMES), xticks=moments)
        gauge.set_xticklabels([f"{moment:.2f}" for moment in moments])
    return figure


def picture(figure: Figure, suffix: str) -> bytes:
    """The figure as `.png` or `.svg`; the same data give the same bytes."""
    buffer, png = io.BytesIO(), suffix == ".png"
    metadata = {"Software": None} if png else {"Date": None, "Creator": None}
    with matplotlib.rc_context(SETTINGS):
        figure.savefig(buffer, format=suffix[1:], dpi=150, metadata=metadata)
    return buffer.getvalue()
