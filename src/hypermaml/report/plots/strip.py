"""Draw a strip of frames: a machine on one task before and after adaptation, and its step metric over time."""

import io

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from hypermaml.apply.recording import Recording
from hypermaml.report.plots.camera import camera, room
from hypermaml.report.plots.recording import colors, draw_moment, set_out, state
from hypermaml.report.plots.style import SETTINGS
from hypermaml.report.plots.words import words_of

FRAMES = 8
_ACROSS = 10.0  # inches of the frames side by side
_GAP = 0.05  # m between two frames


def plot_strip(recording: Recording, *, method: str, family: str, place: str) -> Figure:
    """Draw a few frames before and after adaptation, and below them the step metric, each frame above its moment.

    Args:
        recording: to draw.
        method: its name.
        family: of tasks.
        place: which task of the split it is.
    """
    horizon, words = recording.step_metric.shape[-1], words_of(recording)
    picks = np.unique(np.round(np.linspace(0, horizon - 1, FRAMES)).astype(int))
    moments = picks * recording.seconds
    view = camera(recording.ends)
    box = room(view, recording.own, recording.radii[~recording.loose], words.at, scale=words.scale)
    cell = box.right - box.left + _GAP * words.scale
    row = _ACROSS * (box.high - box.low) / (cell * FRAMES)
    rows = [(1.0, row), (0.68, row), (0.42, 1.7)]
    with matplotlib.rc_context(SETTINGS):
        figure, strips, step_metric = set_out(
            recording, rows, across=_ACROSS, method=method, family=family, place=place
        )
        for stage, (strip, color) in enumerate(zip(strips, colors(method), strict=True)):
            strip.set(xlim=(-cell / 2, cell * (FRAMES - 0.5)), ylim=(box.low, box.high))
            for shift, time in zip(cell * np.arange(FRAMES), picks, strict=False):
                draw_moment(strip, recording, words, stage, time, view, box, color=color, shift=shift)
                below = {"xytext": (0, -4), "textcoords": "offset points", "ha": "center", "va": "top"}
                strip.annotate(state(recording, words, stage, time), (shift, box.low), fontsize=8.5, **below)
        half = moments[-1] / max(len(picks) - 1, 1) / 2 or recording.seconds
        step_metric.set(xlim=(-half, -half + 2 * half * FRAMES), xticks=moments)
        step_metric.set_xticklabels([f"{moment:.2f}" for moment in moments])
    return figure


def picture(figure: Figure, suffix: str) -> bytes:
    """Encode the figure as `.png` or `.svg`; the same data give the same bytes."""
    buffer, png = io.BytesIO(), suffix == ".png"
    metadata = {"Software": None} if png else {"Date": None, "Creator": None}
    with matplotlib.rc_context(SETTINGS):
        figure.savefig(buffer, format=suffix[1:], dpi=150, metadata=metadata)
    return buffer.getvalue()
