"""Times of several functions, measured in turns, so that what else the machine does falls on all of them alike."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hypermaml.risks import cost


def interleaved(functions: Mapping[str, Callable[[], Any]], *, rounds: int) -> dict[str, float]:
    """The median time of a call of each function, after one call that is not counted (it compiles).

    Args:
        functions: by name; each call ends when its result is there.
        rounds: how often each one is called, in turns.

    Returns:
        Seconds, by name.
    """
    return {name: float(np.median(values)) for name, values in cost.interleaved(functions, rounds=rounds).items()}


def repeated(iteration: Callable[[], Any], times: int) -> Callable[[], None]:
    """A function that calls `iteration` this often."""

    def block() -> None:
        for _ in range(times):
            iteration()

    return block
