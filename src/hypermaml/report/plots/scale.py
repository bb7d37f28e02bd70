"""A vertical axis on which every method can be read, however far one of them is off."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from hypermaml.report.looks import Looks
from hypermaml.report.results import Results
from hypermaml.report.tables import number

_FENCE = 2.0  # an axis ends at most this many interquartile ranges beyond the quartile on the bad side


@dataclass(frozen=True)
class Scale:
    """The limits of an axis and its kind: `linear`, `log`, or `mirrored` (logarithmic in minus the value).

    Attributes:
        metric: as the axis is labelled.
        kind: of the axis.
        low: its lower end.
        high: its upper end.
        direction: 1 where more is better, else -1.
    """

    metric: str
    kind: str
    low: float
    high: float
    direction: int

    @property
    def label(self) -> str:
        return self.metric + ("" if self.kind == "linear" else " (log scale)")

    def outside(self, value: float) -> bool:
        """Return whether a value cannot be drawn: beyond the limits, or not finite."""
        return not self.low <= value <= self.high

    def apply(self, axes: Axes) -> None:
        """Set the kind, the limits and the ticks of an axis."""
        if self.kind == "mirrored":
            axes.set_yscale("function", functions=(_mirrored_log, _mirrored_exp))
        else:
            axes.set_yscale(self.kind)
        axes.set_ylim(self.low, self.high)
        if self.kind != "linear":
            sign = math.copysign(1.0, self.low)
            smallest, largest = sorted((abs(self.low), abs(self.high)))
            axes.yaxis.set_major_locator(FixedLocator([sign * tick for tick in _ticks(smallest, largest)]))
            axes.yaxis.set_minor_locator(NullLocator())
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _mirrored_log(values: np.ndarray) -> np.ndarray:
    return -np.log10(np.maximum(-np.asarray(values, dtype=float), 1e-300))


def _mirrored_exp(values: np.ndarray) -> np.ndarray:
    return -(10.0 ** -np.asarray(values, dtype=float))


def _ticks(low: float, high: float) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks: list[float] = []
    for digits in ((1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        ticks = [digit * 10.0**decade for decade in decades for digit in digits if low <= digit * 10.0**decade <= high]
        if len(ticks) <= 7:
            break
    if len(ticks) < 2:
        return [tick for tick in MaxNLocator(4).tick_values(low, high) if low <= tick <= high]
    return ticks[:: math.ceil(len(ticks) / 7) or 1]


def fit_scale(metric: str, direction: int, values: Sequence[float]) -> Scale:
    """Choose the axis of a metric.

    Errors are logarithmic; so are returns that are all negative and spread over more than a decade. The limits hold
    all values but those far beyond the others on the bad side: these get a mark at the edge.

    Args:
        metric: How the axis is labelled.
        direction: 1 where more is better, else -1.
        values: All values of the panels that share the axis; non-finite ones are ignored.
    """
    finite = np.array([value for value in values if math.isfinite(value)] or [1.0], dtype=float)
    kind, to_axis, from_axis = "linear", np.asarray, np.asarray
    if direction < 0 and finite.min() > 0:
        kind, to_axis, from_axis = "log", np.log10, lambda places: 10.0**places
    elif finite.max() < 0 and finite.min() < 10 * finite.max():
        kind, to_axis, from_axis = "mirrored", _mirrored_log, _mirrored_exp
    places = to_axis(finite)
    sign = direction
    lower, upper = np.quantile(sign * places, [0.25, 0.75])
    smallest = 1e-9 if kind == "linear" else 0.5
    kept = places[sign * places >= lower - _FENCE * max(upper - lower, smallest)]
    margin = 0.06 * max(np.ptp(kept), 1e-3 * float(abs(kept).max()), 1e-9)
    low, high = from_axis(np.array([kept.min() - margin, kept.max() + margin]))
    return Scale(metric, kind, float(low), float(high), direction)


def fit_scale_of(results: Results, values: Sequence[float]) -> Scale:
    """Choose the axis of the primary metric of a run; see `fit_scale`."""
    return fit_scale(results.axis(results.metric), results.direction(results.metric), values)


def mark_outside(axes: Axes, scale: Scale, points: Sequence[tuple[str, float, float]], looks: Looks) -> None:
    """Mark each (method, x, value) that lies outside of the axis with an arrow and its number at the edge.

    What would be written twice over, as of a curve and of the same one without its test-time schedule, is written once.
    """
    stacked: dict[tuple[int, bool], int] = {}
    written: set[tuple[str, float, str]] = set()
    for method, place, value in points:
        finite = math.isfinite(value)
        text = number(value) if finite else "not finite"
        if scale.outside(value) and (method, place, text) not in written:
            written.add((method, place, text))
            bottom = value < scale.low if finite else scale.direction > 0
            level = stacked[round(place), bottom] = stacked.get((round(place), bottom), -1) + 1
            edge, marker, sign = (0.0, "v", 1) if bottom else (1.0, "^", -1)
            color, across = looks[method].color, axes.get_xaxis_transform()
            last = place > max(other for _, other, _ in points) - 0.5
            axes.plot([place], [edge], marker=marker, color=color, clip_on=False, transform=across)
            axes.annotate(
                text,
                (place, edge),
                xycoords=across,
                xytext=(3 if last else 0, sign * (9 + 9 * level)),
                textcoords="offset points",
                color=color,
                fontsize=8,
                va="center",
                ha="right" if last else "center",
            )
