"""Which tasks are in which split: by a seed, by groups of tasks, by a column, or by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hypermaml.data.table.column import TableError, listed
from hypermaml.data.table.tasks import canonical, counted

SHARES = {"meta-train": 0.7, "meta-validation": 0.1, "meta-test": 0.2}
NEEDED = ("meta-train", "meta-validation")


def check_tasks(names: Sequence[str]) -> None:
    """Check that there are tasks enough for three splits.

    Raises:
        TableError: there are not.
    """
    if len(names) < len(SHARES):
        have = f"one task, '{names[0]}'" if len(names) == 1 else f"{len(names)} tasks, {listed(names)}"
        raise TableError(f"there {'is' if len(names) == 1 else 'are'} {have}, but three splits need at least 3")


def by_seed(tasks: int, seed: int) -> dict[str, np.ndarray]:
    """Return the tasks of each split: 70%, 10% and 20% of them."""
    order = np.random.default_rng(seed).permutation(tasks)
    validation, test = (max(1, round(SHARES[name] * tasks)) for name in ("meta-validation", "meta-test"))
    train = tasks - validation - test
    return dict(zip(SHARES, np.split(order, [train, train + validation]), strict=True))


def by_group(groups: Sequence[str], seed: int) -> dict[str, np.ndarray]:
    """Return the tasks of each split, with the tasks of one group in one split.

    Args:
        groups: of each task.
        seed: decides which groups are in which split.

    Raises:
        TableError: there are fewer groups than splits.
    """
    names, of_task = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < len(SHARES):
        raise TableError(f"the tasks have {counted(len(names), 'group')}, but three splits need at least 3")
    waiting = np.random.default_rng(seed).permutation(len(names)).tolist()
    chosen: dict[str, list[int]] = {}
    for after, name in ((2, "meta-test"), (1, "meta-validation")):
        own = [waiting.pop()]
        while len(waiting) > after and np.isin(of_task, [*own, waiting[-1]]).mean() <= SHARES[name]:
            own.append(waiting.pop())
        chosen[name] = own
    chosen["meta-train"] = waiting
    return {name: np.flatnonzero(np.isin(of_task, chosen[name])) for name in SHARES}


def by_name(given: Mapping[str, Sequence[Any]], names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the tasks of each split of the user, meta-train, meta-validation and meta-test first.

    Args:
        given: the names of the tasks, by split.
        names: of all tasks.

    Raises:
        TableError: one of these splits is missing, a split is empty, or a task is unknown or in two splits.
    """
    if not isinstance(given, Mapping):
        raise TableError(
            f"splits is {given!r}, but it must be the name of a column, or the names of the tasks by split, such as "
            "{'meta-train': ['a', 'b'], 'meta-validation': ['c'], 'meta-test': ['d']}"
        )
    check_names(list(given), "splits has")
    place, seen, found = {name: index for index, name in enumerate(names)}, dict[str, str](), dict[str, np.ndarray]()
    for split in in_order(list(given)):
        members = [canonical(each) for each in given[split]]
        if not members:
            raise TableError(f"the split {split} has no task")
        for member in members:
            if member not in place:
                raise TableError(f"the split {split} has the task '{member}', which has no rows")
            if member in seen:
                where = f"twice in {split}" if seen[member] == split else f"in the splits {seen[member]} and {split}"
                raise TableError(f"the task '{member}' is {where}")
            seen[member] = split
        found[split] = np.array([place[member] for member in members])
    return found


def by_column(values: Sequence[str], where: str) -> dict[str, np.ndarray]:
    """Return the tasks of each split, from the name of the split of each task.

    Args:
        values: of each task.
        where: the column, for sentences.

    Raises:
        TableError: meta-train or meta-validation is missing.
    """
    names = list(dict.fromkeys(values))
    check_names(names, f"{where} has the splits")
    ordered = in_order(names)
    return {name: np.flatnonzero(np.asarray(values) == name) for name in ordered}


def check_names(names: Sequence[str], have: str) -> None:
    """Check that there are splits for meta-training and for meta-validation.

    Raises:
        TableError: one is not.
    """
    if not set(NEEDED) <= set(names):
        raise TableError(f"{have} {listed(names, 5)}, but there must be {' and '.join(NEEDED)}")


def in_order(names: Sequence[str]) -> list[str]:
    """Return the names of splits: those of `SHARES` that are there, in their order, then the others."""
    return [*(name for name in SHARES if name in names), *(name for name in names if name not in SHARES)]
