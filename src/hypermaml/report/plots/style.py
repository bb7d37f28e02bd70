"""One look for every plot: the color and marker of each method, and files whose bytes the data determine."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hypermaml.methods import METHODS
from hypermaml.report.results import ordered

# The page replaces these four in its inline SVG, so that plots follow the reader's light or dark theme.
INK, GRID, PAPER, TRUTH = "#24292f", "#d8dee4", "#fefefe", "#b4bec9"
SETTINGS: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "lines.markersize": 5,
    "svg.fonttype": "path",
    "svg.hashsalt": "hypermaml",
}


@dataclass(frozen=True)
class Look:
    """How a method is drawn, everywhere; methods of one color have other markers.

    Attributes:
        label: its name.
        color: of line and marker.
        marker: its shape.
        width: of the line.
        open: whether the marker is hollow, as are those of all methods that share the color of another.
    """

    label: str
    color: str
    marker: str
    width: float = 1.4
    open: bool = False

    @property
    def markers(self) -> dict[str, Any]:
        """The options of Matplotlib for the markers."""
        return {"marker": self.marker, "markerfacecolor": PAPER if self.open else self.color}


@dataclass(frozen=True)
class Plot:
    """A drawn figure with the words that go beside it."""

    name: str
    title: str
    caption: str
    figure: Figure


_OTHERS = ("#7a6a58", "#a0a000", "#4f7f7f", "#b06060", "#6070c0")


def look(method: str) -> Look:
    """Return the look of a method; one without a color gets one by its name."""
    if method not in METHODS:
        return Look(method, _color(method), "h")
    kind = METHODS[method]
    return Look(
        kind.label or method, kind.color or _color(method), kind.marker, width=kind.width, open=kind.open_marker
    )


def _color(method: str) -> str:
    return _OTHERS[sum(method.encode()) % len(_OTHERS)]


def label(method: str) -> str:
    """How prose and plots call a method."""
    return look(method).label


def grid(rows: int, columns: int, *, width: float, height: float, share: bool) -> tuple[Figure, list[list[Axes]]]:
    """A figure with a grid of panels.

    Args:
        rows: Panels down.
        columns: Panels across.
        width: Of a panel, in inches.
        height: Of a panel, in inches.
        share: Whether all panels have the same axes.
    """
    size = (max(columns * width, 7.5), rows * height + 0.8)
    figure = Figure(figsize=size, layout="constrained", facecolor=PAPER)
    return figure, figure.subplots(rows, columns, squeeze=False, sharex=share, sharey=share).tolist()


def legend(figure: Figure, methods: Sequence[str], extra: Sequence[Line2D] = ()) -> None:
    """One legend under the whole figure, in the order of a report."""
    looks = [look(method) for method in ordered(methods)]
    lines = [Line2D([], [], color=it.color, linewidth=it.width, label=it.label, **it.markers) for it in looks]
    entries = [*lines, *extra]
    inches = [0.75 + 0.085 * len(str(line.get_label())) for line in entries]
    columns = len(entries)
    while columns > 1 and sum(map(max, np.array_split(inches, columns))) > figure.get_figwidth():
        columns -= 1
    figure.legend(handles=entries, loc="outside lower center", ncols=columns)


def save(plot: Plot, folder: Path) -> str:
    """Write `NAME.png` and `NAME.svg` into the folder, and return the SVG."""
    plot.figure.draw_without_rendering()
    plot.figure.set_layout_engine("none")  # lay out once, not again for every file
    plot.figure.savefig(folder / f"{plot.name}.png", dpi=150, metadata={"Software": None})
    with matplotlib.rc_context(SETTINGS):
        plot.figure.savefig(folder / f"{plot.name}.svg", metadata={"Date": None, "Creator": None})
    svg = (folder / f"{plot.name}.svg").read_text(encoding="utf-8")
    svg = re.sub(r' (?:d|x|y)="[^"]*"', lambda match: re.sub(r"(\.\d\d)\d+", r"\1", match[0]), svg)  # a third smaller
    (folder / f"{plot.name}.svg").write_text(svg, encoding="utf-8")
    return svg
