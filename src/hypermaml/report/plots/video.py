"""Draw a short video: a machine on one task before and after adaptation, with the moment on the curves."""

import io
import math
from collections.abc import Callable

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from hypermaml.apply.recording import Recording
from hypermaml.report.plots.camera import Box, camera, room
from hypermaml.report.plots.recording import colors, draw_moment, set_out, state
from hypermaml.report.plots.style import INK, SETTINGS
from hypermaml.report.plots.words import words_of

PACES = (1, 2, 4, 8)  # times slower than real
SHORTEST = 3.0  # s that a video lasts; shorter ones are slowed down
INTERVAL = 0.04  # s between two frames, unless the robot is looked at more seldom
MOST = 200  # frames
LARGEST = 3_000_000  # bytes; frames are left out where there are more
HOLD = 800  # ms that the end stays
_ACROSS, _DPI, _COLORS = 6.6, 88, 128  # inches, dots of an inch


def film(
    recording: Recording, *, method: str, family: str, place: str, report: Callable[[int, int], None] = lambda *_: None
) -> bytes:
    """Return a GIF that repeats for ever, in real time or slower.

    Args:
        recording: to draw.
        method: its name.
        family: of tasks.
        place: which task of the split it is.
        report: called after each frame with the number of frames drawn and of all.
    """
    picks, interval, pace = schedule(recording.step_metric.shape[-1], recording.seconds)
    view = camera(recording.ends)
    words = words_of(recording)
    near = room(view, recording.own, recording.radii[~recording.loose], words.at, scale=words.scale)
    half = max(words.wide * (near.high - near.low), near.right)
    box = Box(-half, half, near.low, near.high)
    row = _ACROSS * (box.high - box.low) / (box.right - box.left)
    rows = [(1.18, row), (0.4, row), (0.25, 1.2)]
    slowly = f", {pace} times slower" if pace > 1 else ""
    with matplotlib.rc_context(SETTINGS):
        figure, panels, step_metric = set_out(
            recording, rows, across=_ACROSS, method=method, family=family, place=place, pace=slowly
        )
        figure.set_dpi(_DPI)
        for panel in panels:
            panel.set(xlim=(box.left, box.right), ylim=(box.low, box.high))
        now = step_metric.axvline(0.0, color=INK, linewidth=1.0, animated=True)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        still = canvas.copy_from_bbox(figure.bbox)  # what does not move is drawn once
        images, palette = [], None
        for count, time in enumerate(picks, start=1):
            canvas.restore_region(still)
            for stage, (panel, color) in enumerate(zip(panels, colors(method), strict=True)):
                drawn = draw_moment(panel, recording, words, stage, time, view, box, color=color)
                text = state(recording, words, stage, time)
                drawn.append(panel.text(0.985, 0.95, text, transform=panel.transAxes, ha="right", va="top", zorder=4))
                for artist in sorted(drawn, key=lambda artist: artist.get_zorder()):
                    panel.draw_artist(artist)
                    artist.remove()
            now.set_xdata([time * recording.seconds] * 2)
            step_metric.draw_artist(now)
            image = Image.fromarray(np.array(canvas.buffer_rgba())[..., :3])
            palette = palette or image.quantize(_COLORS)  # one for all frames, so that what stands still stays the same
            images.append(image.quantize(palette=palette, dither=Image.Dither.NONE))
            report(count, len(picks))
    contents = _encode(images, interval)
    while len(contents) > LARGEST:
        images, interval = images[::2], 2 * interval
        contents = _encode(images, interval)
    return contents


def _encode(images: list[Image.Image], interval: float) -> bytes:
    buffer, times = io.BytesIO(), [round(1000 * interval)] * (len(images) - 1) + [HOLD]
    images[0].save(buffer, format="GIF", save_all=True, append_images=images[1:], duration=times, loop=0)
    return buffer.getvalue()


def schedule(horizon: int, seconds: float) -> tuple[list[int], float, int]:
    """Return the steps of time to draw, the seconds between two of them, and how many times slower than real that is.

    Args:
        horizon: steps of time.
        seconds: that each lasts.
    """
    pace = next((pace for pace in PACES if pace * horizon * seconds >= SHORTEST), PACES[-1])
    stride = max(1, round(INTERVAL / (pace * seconds)), math.ceil(horizon / MOST))
    return list(range(0, horizon, stride)), pace * stride * seconds, pace
