"""What plots of scores against inner steps share."""

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from hypermaml.report.looks import Look
from hypermaml.report.plots.scale import Scale
from hypermaml.report.results import Cell, Results
from hypermaml.report.statistics import Estimate, Row

Curves = dict[Cell, list[Estimate]]


def by_cell(rows: Sequence[Row]) -> Curves:
    """Return the estimates of each cell, by rising inner step."""
    curves: Curves = {}
    for row in rows:
        curves.setdefault(row.cell, []).append(row.estimate)
    return curves


def extent(curves: Iterable[list[Estimate]]) -> list[float]:
    """Return the means and ends of intervals from which an axis is fitted.

    The intervals of two seeds, and ends beyond zero, may leave the picture: they would push the means together.
    """
    points = [point for curve in curves for point in curve]
    ends = [end for point in points if point.df > 1 for end in (point.low, point.high) if end * point.mean > 0]
    return [point.mean for point in points] + ends


def draw_curve(
    axes: Axes, method: str, it: Look, curve: list[Estimate], *, shift: float = 0.0, line: str = "-", bars: bool = True
) -> list[tuple[str, float, float]]:
    """Draw one method's means with their intervals.

    Args:
        axes: Where to draw.
        method: Its name.
        it: Its look.
        curve: The estimates by inner step.
        shift: To the right, in steps, so that bars of several methods stay apart.
        line: The line style.
        bars: Whether to draw markers and intervals; without them the line is thin.

    Returns:
        The points (method, x, mean), for `mark_outside`.
    """
    means = np.array([point.mean for point in curve])
    places = np.arange(len(curve)) + shift
    if bars:
        ends = np.array([[point.low for point in curve], [point.high for point in curve]])
        arms = np.maximum(0.0, [[-1.0], [1.0]] * (ends - means))
        drawn = axes.errorbar(
            places, means, arms, color=it.color, linewidth=it.width, linestyle=line, elinewidth=1, **it.markers
        )
        drawn.lines[0].set_zorder(4 if it.width > 2 else 3)
    else:
        axes.plot(places, means, color=it.color, linestyle=line, linewidth=0.9, zorder=2)
    return [(method, float(place), float(mean)) for place, mean in zip(places, means, strict=True)]


def label_steps(axes: list[list[Axes]], scale: Scale) -> None:
    """Name the axes of a grid of panels that share theirs."""
    for row in axes:
        row[0].set_ylabel(scale.label)
    for panel in axes[-1]:
        panel.set_xlabel("inner step")
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))


def better(results: Results) -> str:
    """Return which way the primary metric is better, in words."""
    return "higher is better" if results.direction(results.metric) > 0 else "lower is better"


def outside_note(scale: Scale, curves: Curves) -> str:
    """Return a sentence for the caption where a mean lies outside of the axis."""
    if any(scale.outside(point.mean) for curve in curves.values() for point in curve):
        return " The axis is cut where a method is far off: an arrow at the edge gives its value."
    return ""
