"""How long the interval of each row is, which may change within a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import numpy as np
from jaxtyping import Int

LENGTHS = (1, 3, 5, 15, 30, 60)  # minutes
NEAR = 12  # rows before and after one that tell its interval
SEVERAL = 20  # distances between rows that are looked at, the most frequent ones
WANTED = "it must be 1, 3, 5, 15, 30 or 60 minutes"

Minutes = Int[np.ndarray, " row"]


def lengths_of(where: str, rows: Sequence[int], minutes: Minutes, wall: Minutes, *, naive: bool) -> Minutes:
    """Return the length of the interval of each row in minutes: the usual distance of the rows around it.

    It ends where the next row begins. Intervals begin on a multiple of their length, of UTC or of the wall clock.

    Args:
        where: what errors call the file.
        rows: the number of each row.
        minutes: of each row since 1970.
        wall: the same on the wall clock.
        naive: whether times have no zone.

    Raises:
        ValueError: the times do not ascend, or the distance of the rows is not one of `LENGTHS`.
    """
    steps = np.diff(minutes)
    if (steps <= 0).any():
        _refuse_order(where, rows, steps, naive=naive)
    usual = _usual(steps)
    if (odd := np.flatnonzero(~np.isin(usual, LENGTHS))).size:
        apart = usual[odd[0]]
        said = "most rows are" if 2 * len(odd) > len(usual) else f"from row {rows[odd[0]]} on most rows are"
        raise ValueError(f"{where}: {said} {apart} minutes apart, but {WANTED}")
    usual = np.append(usual, usual[-1])
    if (off := np.flatnonzero((minutes % usual != 0) & (wall % usual != 0))).size:
        raise ValueError(
            f"{where}, row {rows[off[0]]}: the time is none of every {usual[off[0]]} minutes, as most rows near it are"
        )
    return np.minimum(usual, np.append(steps, usual[-1]))


def _usual(steps: Minutes) -> Minutes:
    """Return the most frequent distance around each row; of equal ones that of the whole file."""
    sizes, counts = np.unique(steps, return_counts=True)
    sizes = sizes[np.argsort(-counts, kind="stable")][:SEVERAL]
    place = np.arange(len(steps))
    low, high = np.maximum(place - NEAR, 0), np.minimum(place + NEAR + 1, len(steps))
    best, found = np.zeros(len(steps), int), np.full(len(steps), sizes[0])
    for size in sizes:
        total = np.concatenate([[0], np.cumsum(steps == size)])
        near = total[high] - total[low]
        found, best = np.where(near > best, size, found), np.maximum(near, best)
    before = np.concatenate([found[:1], found[:-1]])
    return np.where(steps == found, found, before)  # a row before a gap is as the one before it


def _refuse_order(where: str, rows: Sequence[int], steps: Minutes, *, naive: bool) -> NoReturn:
    back = int(np.flatnonzero(steps <= 0)[0])
    place = f"{where}, row {rows[back + 1]}: the time"
    ahead = steps[steps > 0]
    usual = np.bincount(np.minimum(ahead, 61)).argmax() if len(ahead) else 0
    how = "comes twice" if steps[back] == 0 else "goes back"
    if not len(ahead):
        hint = "; sort the rows by time, the earliest first, and give each its time of day"
    elif naive and usual - steps[back] in (30, 60):  # as a clock that is put back
        hint = "; where clocks are put back, name the zone, such as --timezone Europe/Berlin"
    else:
        hint = "; sort the rows by time" if steps[back] else ""
    raise ValueError(f"{place} {how}{hint}")
