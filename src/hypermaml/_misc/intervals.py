"""Intervals of means by Student's t, and of medians by order statistics."""

import math

import numpy as np
from jaxtyping import Float
from scipy.special import bdtr, stdtr, stdtrit

LEVEL = 0.95


def half_width(values: Float[np.ndarray, "sample ..."]) -> Float[np.ndarray, "..."]:
    """Return half the width of Student's 95% interval of the mean over the first axis; not a number for one sample.

    Args:
        values: independent samples along the first axis.
    """
    count = len(values)
    if count < 2:
        return np.full(values.shape[1:], math.nan)
    return quantile(count - 1) * values.std(axis=0, ddof=1) / math.sqrt(count)


def quantile(df: float) -> float:
    """Return how many standard errors a 95% interval reaches to each side, with `df` degrees of freedom."""
    return float(stdtrit(df, 0.5 + LEVEL / 2))


def p_value(t: float, df: float) -> float:
    """Return the probability that Student's t with `df` degrees of freedom is at least as far from zero as `t`."""
    return float(2 * stdtr(df, -abs(t)))


def median_place(count: int) -> int:
    """Return k such that the k-th lowest and the k-th highest of `count` values hold the median in at least 95%.

    With fewer than six values no two of them do; k is then 1, and the interval is their range.
    """
    places = range(1, count // 2 + 1)
    return max([k for k in places if 2 * bdtr(k - 1, count, 0.5) <= 1 - LEVEL], default=1)
