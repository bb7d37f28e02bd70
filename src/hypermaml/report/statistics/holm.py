"""What is called clear of zero where several differences are judged at once."""

import math
from collections.abc import Sequence

from hypermaml._misc.intervals import LEVEL
from hypermaml.report.statistics.estimate import Estimate


def clear_of_zero(family: Sequence[Estimate]) -> list[bool]:
    """Return which of some differences are shown not to be zero, with at most 5% for any error among all of them.

    The smallest p-value is judged at 5% divided by the number of differences, the next at 5% divided by one less, and
    so on, until one fails. A single difference is clear where its 95% interval does not hold zero.

    Args:
        family: all differences of a table. Those without a p-value are neither counted nor clear.

    Reference:
        Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70.
    """
    known = sorted((each.p_value, place) for place, each in enumerate(family) if not math.isnan(each.p_value))
    clear = [False] * len(family)
    for left, (p, place) in zip(range(len(known), 0, -1), known, strict=True):
        if p * left > 1 - LEVEL:
            break
        clear[place] = True
    return clear
