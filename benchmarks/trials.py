"""The trials of rates of a benchmark, and their best one."""

import itertools
from collections.abc import Callable, Sequence
from functools import partial

from stored import Stored

Trials = list[tuple[list[float], float | None]]


def run_trials(
    store: Stored, name: str, rates: Sequence[Sequence[float]], trial: Callable[[list[float]], float | None]
) -> Trials:
    """Return each pair of an outer and an inner rate with its score; those that are stored are not run again.

    Args:
        store: of the results.
        name: under which they are stored, followed by the rates.
        rates: the outer rates and the inner rates.
        trial: from both rates to the score, lower is better; `None` where training diverges.
    """
    grid = [list(each) for each in itertools.product(*rates)]
    return [(each, store.get(f"{name}|{each}", partial(trial, each))) for each in grid]


def best_rates(trials: Trials) -> list[float]:
    """Return the rates of the lowest score.

    Raises:
        ValueError: every trial has diverged.
    """
    finite = [(score, rates) for rates, score in trials if score is not None]
    if not finite:
        raise ValueError("every trial has diverged: give smaller rates")
    return min(finite)[1]
