"""Means, ratios of means and medians, each with its 95% interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from hypermaml._misc.intervals import median_place, p_value, quantile
from hypermaml.report.statistics.crossed import Identity, Values, standard_error


@dataclass(frozen=True)
class Estimate:
    """A mean with its interval. Any non-finite score makes all three NaN: a diverged seed is counted, never dropped.

    Attributes:
        mean: of all scores, each with the same weight.
        low: lower end of the 95% interval; NaN where one score is all there is.
        high: upper end.
        n_seeds: seeds.
        n_tasks: tasks of each seed.
        n_nonfinite: scores that are not finite.
        n_diverged: seeds with at least one such score.
        df: degrees of freedom of Student's t; NaN where the interval is of another kind.
        n_shared: different tasks that more than one seed was tested on; 0 where each seed has tasks of its own.
    """

    mean: float
    low: float
    high: float
    n_seeds: int
    n_tasks: int
    n_nonfinite: int = 0
    n_diverged: int = 0
    df: float = math.nan
    n_shared: int = 0

    @property
    def half_width(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2

    @cached_property
    def p_value(self) -> float:
        """The two-sided p-value of a mean of zero; NaN without degrees of freedom."""
        if not math.isfinite(self.df) or not math.isfinite(self.half_width):
            return math.nan
        # Rounding leaves a width where all scores are equal.
        if self.half_width <= 1e-12 * abs(self.mean):
            return float(self.mean == 0)
        return p_value(self.mean * quantile(self.df) / self.half_width, self.df)


def estimate(values: Values, identity: Identity | None = None) -> Estimate:
    """Return the mean of scores and its interval.

    Args:
        values: a row for each seed, a column for each of its tasks.
        identity: of each score's task: equal numbers are the same task. By default no two scores share a task.
    """
    seeds, tasks = values.shape
    wrong = ~np.isfinite(values)
    if wrong.any():
        counts = int(wrong.sum()), int(wrong.any(axis=1).sum())
        return Estimate(np.nan, np.nan, np.nan, seeds, tasks, *counts)
    with np.errstate(over="ignore", invalid="ignore"):
        size, df, shared = standard_error(values, identity)
        mean, half = float(values.mean()), quantile(float(df)) * float(size)
    return Estimate(mean, mean - half, mean + half, seeds, tasks, df=float(df), n_shared=shared)


def ratio(top: Sequence[Values], bottom: Sequence[Values], identity: Identity | None = None) -> Estimate:
    """Divide the product of some means by that of others; the interval is that of the ratio's first-order expansion.

    Args:
        top: each on the same seeds and tasks.
        bottom: likewise; means that are not zero.
        identity: see `estimate`.
    """
    wrong = ~np.isfinite(np.stack([*top, *bottom])).all(axis=0)
    if wrong.any():
        return estimate(np.where(wrong, np.nan, 0.0))
    means = [[float(part.mean()) for part in parts] for parts in (top, bottom)]
    below = math.prod(means[1])
    if below == 0:
        return Estimate(np.nan, np.nan, np.nan, *top[0].shape)
    whole = math.prod(means[0]) / below
    expanded = np.full(wrong.shape, whole)
    for place, part in enumerate(top):
        others = math.prod(mean for index, mean in enumerate(means[0]) if index != place)
        expanded += others / below * (part - means[0][place])
    for part, mean in zip(bottom, means[1], strict=True):
        expanded -= whole * (part / mean - 1)
    return estimate(expanded, identity)


def median(values: Float[np.ndarray, " n"]) -> Estimate:
    """Return the median of independent values, with the interval between two of them that holds it in at least 95%.

    With fewer than six values no two of them do; their range is returned.
    """
    count, ordered = len(values), np.sort(values)
    place = median_place(count)
    return Estimate(float(np.median(values)), float(ordered[place - 1]), float(ordered[count - place]), 1, count)
