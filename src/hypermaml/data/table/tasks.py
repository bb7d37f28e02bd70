"""The tasks of a table: which rows each has, what varies within them, and in which split each is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hypermaml.data.table.column import Column, Table, TableError, listed

WHOLE = re.compile(r"^[+-]?\d+\.0+$")


@dataclass(frozen=True, eq=False)
class Grouped:
    """Rows sorted by task.

    Attributes:
        names: of the tasks, sorted.
        order: the rows, task after task, in the order of the table within each.
        starts: where each task begins in `order`.
        lengths: the number of rows of each task.
    """

    names: tuple[str, ...]
    order: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray

    @property
    def task_of(self) -> np.ndarray:
        """The task of each row in `order`."""
        return np.repeat(np.arange(len(self.names)), self.lengths)

    @property
    def place(self) -> np.ndarray:
        """The place of each row of `order` within its task."""
        return np.arange(len(self.order)) - np.repeat(self.starts, self.lengths)

    def varies(self, column: Column) -> np.ndarray:
        """Return whether the values within each task differ; missing ones do not count."""
        values = np.where(column.missing, np.nan, column.values)[self.order]
        low, high = (each.reduceat(values, self.starts) for each in (np.fmin, np.fmax))
        return low < high

    def constant(self, column: Column) -> Column:
        """Return the value of each task, of a column that does not vary within tasks."""
        values = np.where(column.missing, np.nan, column.values)[self.order]
        found = np.fmax.reduceat(values, self.starts)
        found = np.where(np.isnan(found), -1, found).astype(np.int32) if column.coded else found
        return Column(column.name, column.kind, found, column.levels)


def canonical(name: Any) -> str:
    """Return the name of a task as text: 7, 7.0 and "7" are one."""
    if isinstance(name, float | np.floating) and float(name).is_integer():
        name = int(name)
    text = str(name).strip()
    return text.partition(".")[0] if WHOLE.match(text) else text


def named(table: Table, column: Column) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the different names of a column, and which one each row has.

    Raises:
        TableError: a name is missing.
    """
    missing = np.flatnonzero(column.missing)
    if len(missing):
        raise TableError(f"{table.place(missing[0])}: '{column.name}' is missing, but each row needs one")
    names = [canonical(level) for level in column.levels]
    distinct = list(dict.fromkeys(names))
    code_of = {name: code for code, name in enumerate(distinct)}
    return tuple(distinct), np.array([code_of[name] for name in names], np.int32)[column.values]


def grouped(table: Table, column: Column) -> Grouped:
    """Return the rows of a table by task.

    Args:
        table: its rows.
        column: the names of the tasks.

    Raises:
        TableError: a name is missing.
    """
    names, codes = named(table, column)
    used = np.unique(codes)
    codes = np.searchsorted(used, codes)
    order = np.argsort(codes, kind="stable")
    lengths = np.bincount(codes, minlength=len(used))
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return Grouped(tuple(names[code] for code in used), order, starts, lengths)


def aligned(descriptions: Table, column: Column, tasks: Sequence[str], rows: str) -> tuple[np.ndarray, list[str]]:
    """Return the row of each task in a table of descriptions, -1 for none, and what should be known of it.

    Args:
        descriptions: the table.
        column: its names of tasks.
        tasks: their names.
        rows: the name of the table of rows.

    Raises:
        TableError: a name is missing or stands twice, or no task has a description.
    """
    names, codes = named(descriptions, column)
    first: dict[str, int] = {}
    for row, code in enumerate(codes.tolist()):
        if names[code] in first:
            raise TableError(
                f"{descriptions.place(row)}: the task '{names[code]}' is described again, after "
                f"{descriptions.place(first[names[code]]).rpartition(', ')[2]}: a task has one description"
            )
        first[names[code]] = row
    found = np.array([first.get(task, -1) for task in tasks])
    if (found < 0).all():
        raise TableError(
            f"{descriptions.name} describes none of the tasks of {rows}: its '{column.name}' has {listed(names, 3)}, "
            f"but the tasks are {listed(tasks, 3)}"
        )
    notes, known = [], set(tasks)
    alone = [name for name in first if name not in known]
    if alone:
        where = descriptions.place(first[alone[0]])
        notes.append(f"{counted(len(alone), 'description')} of tasks without rows left out: '{alone[0]}' ({where})")
    lacking = [task for task, row in zip(tasks, found, strict=True) if row < 0]
    if lacking:
        notes.append(f"{counted(len(lacking), 'task')} without a description, all its values missing: '{lacking[0]}'")
    return found, notes


def counted(count: int, what: str) -> str:
    """Return a number of things in words: `1 task`, `2 tasks`."""
    return f"{count:,} {what}{'s' if count != 1 else ''}"


def duplicates(table: Table, columns: Sequence[Column]) -> np.ndarray:
    """Return the rows that equal an earlier row in each of these columns."""
    mixed = np.zeros(table.rows, np.uint64)
    for column in columns:
        bits = np.asarray(column.values, np.float64).view(np.uint64)
        with np.errstate(over="ignore"):
            mixed = (mixed ^ bits) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
    first = np.unique(mixed, return_index=True)[1]
    again = np.ones(table.rows, bool)
    again[first] = False
    return np.flatnonzero(again)
