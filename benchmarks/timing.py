"""Times of several functions, measured in turns, so that what else the machine does falls on all of them alike."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np


def interleaved(functions: Mapping[str, Callable[[], Any]], *, rounds: int) -> dict[str, float]:
    """The median time of a call of each function, after one call that is not counted (it compiles).

    Args:
        functions: by name; each call ends when its result is there.
        rounds: how often each one is called, in turns.

    Returns:
        Seconds, by name.
    """
    for function in functions.values():
        jax.block_until_ready(function())
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.perf_counter()
            jax.block_until_ready(function())
            times[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in times.items()}


def repeated(iteration: Callable[[], Any], times: int) -> Callable[[], None]:
    """A function that calls `iteration` this often."""

    def block() -> None:
        for _ in range(times):
            iteration()

    return block
