"""Intervals of means."""

import math

import numpy as np
from jaxtyping import Float
from scipy.special import stdtrit

LEVEL = 0.95


def half_width(values: Float[np.ndarray, "sample ..."]) -> Float[np.ndarray, "..."]:
    """Return half the width of Student's 95% interval of the mean over the first axis; not a number for one sample.

    Args:
        values: independent samples along the first axis.
    """
    count = len(values)
    if count < 2:
        return np.full(values.shape[1:], math.nan)
    return stdtrit(count - 1, 0.5 + LEVEL / 2) * values.std(axis=0, ddof=1) / math.sqrt(count)
