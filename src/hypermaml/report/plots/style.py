"""One look for every plot: the color and marker of each method, and files whose bytes the data determine."""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hypermaml.report.looks import INK, PAPER, Looks

# The page replaces these two, INK and PAPER in its inline SVG, so that plots follow the reader's light or dark theme.
GRID, TRUTH = "#d8dee4", "#b4bec9"
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
class Plot:
    """A drawn figure with the words that go beside it.

    Attributes:
        name: of its files.
        title: above it.
        caption: below it.
        figure: as files and wide screens have it.
        narrow: the same for a narrow screen, its panels below each other; `None` where there is none.
    """

    name: str
    title: str
    caption: str
    figure: Figure
    narrow: Figure | None = None


def grid(
    rows: int, columns: int, *, width: float, height: float, share: bool, least: float = 7.5
) -> tuple[Figure, list[list[Axes]]]:
    """Return a figure with a grid of panels.

    Args:
        rows: Panels down.
        columns: Panels across.
        width: Of a panel, in inches.
        height: Of a panel, in inches.
        share: Whether all panels have the same axes.
        least: Smallest width of the figure, in inches.
    """
    size = (max(columns * width, least), rows * height + 0.8)
    figure = Figure(figsize=size, layout="constrained", facecolor=PAPER)
    return figure, figure.subplots(rows, columns, squeeze=False, sharex=share, sharey=share).tolist()


def legend(figure: Figure, entries: Sequence[Line2D]) -> None:
    """Draw one legend under the whole figure."""
    inches = [0.75 + 0.085 * len(str(line.get_label())) for line in entries]
    columns = len(entries)
    while columns > 1 and sum(map(max, np.array_split(inches, columns))) > figure.get_figwidth():
        columns -= 1
    figure.legend(handles=entries, loc="outside lower center", ncols=columns)


def method_lines(methods: Iterable[str], looks: Looks) -> list[Line2D]:
    """Return the entries of methods in a legend, in the order of a report."""
    found = [looks[method] for method in looks.ordered(methods)]
    return [Line2D([], [], color=it.color, linewidth=it.width, label=it.label, **it.markers) for it in found]


def save(plot: Plot, folder: Path) -> str:
    """Write `NAME.png` and `NAME.svg` into the folder, and return the SVG."""
    plot.figure.draw_without_rendering()
    plot.figure.set_layout_engine("none")  # lay out once, not again for every file
    plot.figure.savefig(folder / f"{plot.name}.png", dpi=150, metadata={"Software": None})
    svg = as_svg(plot.figure)
    (folder / f"{plot.name}.svg").write_text(svg, encoding="utf-8")
    return svg


def as_svg(figure: Figure) -> str:
    """Return the SVG of a figure, its coordinates to two decimals, which makes it a third smaller."""
    drawn = io.StringIO()
    with matplotlib.rc_context(SETTINGS):
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    return re.sub(r' (?:d|x|y)="[^"]*"', lambda match: re.sub(r"(\.\d\d)\d+", r"\1", match[0]), drawn.getvalue())
