"""Draw curves of estimates against the quantity that a risk varies."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from hypermaml.report.looks import PACKAGE
from hypermaml.report.plots.scale import Scale
from hypermaml.report.plots.style import INK, SETTINGS, Plot, grid
from hypermaml.report.statistics import Estimate

LINES = {"": "-", "dense": "-", "low-rank": "--", "chunked": "-.", "layers": ":"}


@dataclass(frozen=True)
class Curve:
    """The estimates of one method.

    Attributes:
        method: gives the color and the marker.
        places: coordinates on the horizontal axis.
        estimates: there.
        variant: of the method, which the line shows: a generator, or `""`.
        name: in the legend, where it is not the method's.
        line: the style, where it is not the variant's.
        color: where it is not the method's.
    """

    method: str
    places: Sequence[float]
    estimates: Sequence[Estimate]
    variant: str = ""
    name: str = ""
    line: str = ""
    color: str = ""

    @property
    def entry(self) -> str:
        """Return the entry in the legend."""
        return self.name or (
            f"{PACKAGE.label(self.method)}, {self.variant}" if self.variant else PACKAGE.label(self.method)
        )

    def drawn(self) -> Line2D:
        """Return the line in the legend."""
        return Line2D([], [], label=self.entry, **self.style)

    @property
    def style(self) -> dict:
        """Return the options of Matplotlib."""
        it = PACKAGE[self.method]
        color = self.color or it.color
        return {"color": color, "linestyle": self.line or LINES[self.variant], "linewidth": 1.5, "marker": it.marker}


@dataclass(frozen=True)
class Panel:
    """A pair of axes.

    Attributes:
        title: above.
        across: label of the horizontal axis.
        up: label of the vertical axis.
        curves: to draw.
        ticks: labels of the coordinates 0, 1 and on, where these are not numbers.
        log_x: whether the horizontal axis is logarithmic.
        log_y: whether the vertical one is.
        levels: of horizontal lines.
    """

    title: str
    across: str
    up: str
    curves: Sequence[Curve]
    ticks: Sequence[str] = ()
    log_x: bool = False
    log_y: bool = True
    levels: Sequence[float] = ()


def draw_panels(name: str, title: str, caption: str, panels: Sequence[Panel], *, width: float = 4.3) -> Plot:
    """Draw panels side by side with one legend under them."""
    with matplotlib.rc_context(SETTINGS):
        figure, (row,) = grid(1, len(panels), width=width, height=3.3, share=False)
        for axes, panel in zip(row, panels, strict=True):
            _draw(axes, panel)
        entries: dict[str, Line2D] = {}
        for panel in panels:
            entries |= {curve.entry: curve.drawn() for curve in panel.curves if curve.entry not in entries}
        columns = max(1, min(len(entries), int(figure.get_figwidth() / 2.2)))
        figure.legend(handles=list(entries.values()), loc="outside lower center", ncols=columns)
    return Plot(name, title, caption, figure)


def _draw(axes: Axes, panel: Panel) -> None:
    axes.set_title(panel.title)
    axes.set_xlabel(panel.across)
    ends = [end for curve in panel.curves for each in curve.estimates for end in (each.mean, each.low, each.high)]
    if panel.log_y and min(ends, default=1.0) > 0:
        # Nothing is cut off: outliers are the subject of a risk.
        Scale("mse", "log", 0.85 * min(ends), max(ends) / 0.85, -1).apply(axes)
        axes.set_ylabel(f"{panel.up} (log scale)")
    else:
        axes.set_ylabel(panel.up)
    if panel.log_x:
        axes.set_xscale("log")
    for curve in panel.curves:
        means = np.array([each.mean for each in curve.estimates])
        arms = np.array([[each.mean - each.low, each.high - each.mean] for each in curve.estimates]).T
        axes.errorbar(curve.places, means, np.maximum(arms, 0.0), markersize=4.5, elinewidth=1, **curve.style)
    for level in panel.levels:
        axes.axhline(level, color=INK, linewidth=0.8, linestyle="--" if level else "-")
    places = sorted({place for curve in panel.curves for place in curve.places})
    if panel.ticks:
        axes.set_xticks(range(len(panel.ticks)), panel.ticks)
    elif panel.log_x:
        ticks = places if len(places) <= 5 else [digit * 10.0**decade for decade in range(-3, 9) for digit in (1, 3)]
        axes.xaxis.set_major_locator(FixedLocator(ticks))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
