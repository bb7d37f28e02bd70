"""Which columns are inputs, which describe a task, and which are left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from hypermaml.data.table.column import HUGE, Column, Table, TableError, check_column
from hypermaml.data.table.encode import LEVELS
from hypermaml.data.table.question import Question
from hypermaml.data.table.tables import Tables
from hypermaml.data.table.tasks import Grouped, counted

CONSTANT = "everywhere"


def finite(columns: Sequence[Column], place: Callable[[int], str]) -> tuple[list[Column], list[str]]:
    """Return columns whose infinite and huge values are missing, and notes on them.

    Args:
        columns: of rows or of tasks.
        place: names a row.
    """
    found, notes = [], []
    for column in columns:
        infinite = np.zeros(0, int) if column.coded else np.flatnonzero(np.abs(column.values) > HUGE)
        if len(infinite):
            every = np.isinf(column.values[infinite]).all()
            count = counted(len(infinite), "infinite value" if every else f"value beyond {HUGE:g}")
            notes.append(f"'{column.name}' has {count}, which count as missing ({place(int(infinite[0]))})")
            column = replace(column, values=np.where(np.abs(column.values) > HUGE, np.nan, column.values))
        found.append(column)
    return found, notes


def useless(column: Column) -> str:
    """Return why a column tells nothing; empty where it may tell something."""
    present = column.values[~column.missing]
    if not len(present):
        return "has no values"
    if (present == present[0]).all() and not column.missing.any():
        return f"is {column.shown(0)} {CONSTANT}"
    used = len(np.unique(present)) if column.kind == "category" else 0
    if used == len(present) > 2 or used > max(LEVELS, len(present) / 2):
        return f"has {used:,} different names in {counted(len(present), 'row')}"
    return ""


def without_texts(columns: Sequence[Column], members: np.ndarray) -> tuple[list[Column], list[str]]:
    """Return columns of tasks without the free texts that no task of meta-training has, and notes on these.

    Args:
        columns: that describe a task.
        members: the tasks of meta-training.
    """
    empty = [column.name for column in columns if column.kind == "text" and column.missing[members].all()]
    notes = [f"'{name}' has no text in meta-training and is left out" for name in empty]
    return [column for column in columns if column.name not in empty], notes


def choose_inputs(
    table: Table, grouped: Grouped, candidates: Sequence[str], asked: Sequence[str] | None
) -> tuple[list[Column], list[str], list[str]]:
    """Return the inputs, the columns that are constant within each task, and notes on what is left out.

    Args:
        table: the rows.
        grouped: by task.
        candidates: columns that may be inputs.
        asked: the inputs that the user names; by default the columns that vary within tasks.

    Raises:
        TableError: a column is absent or, where the user names it, is text or cannot be used; or there are no inputs.
    """
    inputs, constant, notes = [], [], []
    for name in candidates if asked is None else asked:
        check_column(table.name, name, list(table.columns), "inputs")
        column = table.columns[name]
        why = useless(column)
        if asked is None and not grouped.varies(column).any() and not why.endswith(CONSTANT) and "no values" not in why:
            constant.append(name)
        elif why and asked is not None and not why.endswith(CONSTANT):
            raise TableError(f"{table.name}: '{name}' {why}, so it cannot be an input: leave it out of inputs")
        elif why:
            notes.append(f"'{name}' {why} and is left out")
        elif column.kind == "text":
            if asked is not None:
                raise TableError(f"{table.place(0)}: '{name}' is free text, but an input is a number or a category")
            notes.append(f"'{name}' is free text and is left out: text can describe a task, but is not an input")
        else:
            inputs.append(column)
    if not inputs:
        raise TableError(
            f"{table.name}: no column varies within a task beside the target, but at least one must be an input"
        )
    return inputs, constant, notes


def choose_described(tables: Tables, question: Question, constant: Sequence[str]) -> tuple[list[Column], list[str]]:
    """Return the columns that describe a task, with a value for each task, and notes on what is left out.

    Args:
        tables: both.
        question: may name them.
        constant: columns of rows that are constant within tasks.

    Raises:
        TableError: a column that is named is absent, varies within a task, or cannot be used.
    """
    notes: list[str] = []
    names = question.described
    if names is None and tables.extra is None:
        names = tuple(constant)
    elif names is None:
        special = (*question.labels, question.target)
        names = tuple(name for name in tables.extra.columns if name not in special)  # pyright: ignore[reportOptionalMemberAccess]
        unused = [name for name in constant if name not in names]
        notes += [f"'{name}' is constant within tasks and is left out: described can name it" for name in unused]
    found = []
    for name in dict.fromkeys(names):
        column = tables.of_task(name, "described")
        why = useless(column)
        why = why.replace(" rows", " tasks")
        if why and question.described is not None and not why.endswith(CONSTANT):
            raise TableError(f"'{name}' {why}, so it cannot describe one: leave it out of described")
        if why:
            notes.append(f"'{name}' {why} and is left out")
        else:
            found.append(column)
    return found, notes
