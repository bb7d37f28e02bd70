"""Tables as padded arrays, with everything that reads further rows and descriptions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from hypermaml.data.table.choose import choose_described, choose_inputs, finite, without_texts
from hypermaml.data.table.column import Column
from hypermaml.data.table.describe import TableDescription, describe
from hypermaml.data.table.encode import Encoding, encoded, fit
from hypermaml.data.table.memory import check_memory
from hypermaml.data.table.question import Question
from hypermaml.data.table.splits import by_column, by_group, by_name, by_seed, check_tasks
from hypermaml.data.table.tables import Tables
from hypermaml.data.table.target import Target, read_target
from hypermaml.data.table.tasks import Grouped


@dataclass(frozen=True, eq=False)
class Prepared:
    """Tables as arrays.

    Attributes:
        x: inputs, shape `(task, row, entry)`, padded.
        y: the target, standardized, or the class; shape `(task, row)`, padded.
        lengths: the number of rows of each task.
        descriptions: of each task, shape `(task, entry)`.
        splits: the tasks of each split.
        tasks: their names.
        inputs: how each input is encoded.
        described: how each column of the description is encoded.
        target: what is predicted.
        ignored: the other columns, which a new table may have as well.
        asked: the inputs that the user named, or else those that are used, in their order.
        table: what became of the columns.
    """

    x: Float[np.ndarray, "task row entry"]
    y: np.ndarray
    lengths: np.ndarray
    descriptions: Float[np.ndarray, "task entry"]
    splits: dict[str, np.ndarray]
    tasks: tuple[str, ...]
    inputs: tuple[Encoding, ...]
    described: tuple[Encoding, ...]
    target: Target
    ignored: tuple[str, ...]
    asked: tuple[str, ...]
    table: TableDescription


def prepare(
    rows: Any,
    descriptions: Any,
    question: Question,
    *,
    shots: int,
    embed: Callable[[Sequence[str]], np.ndarray],
) -> Prepared:
    """Read the tables and encode them.

    Args:
        rows: a path or a data frame, with a row for each example.
        descriptions: a path or a data frame, with a row for each task; `None` for none.
        question: what the columns are.
        shots: support rows; each task needs one more.
        embed: gives a vector for each of several free texts.

    Raises:
        TableError: something does not fit; the sentence says what, with file, row and column.
    """
    tables = Tables.read(rows, descriptions, question)
    check_tasks(tables.tasks.names)
    tables.check_lengths(shots)
    target, values, of_target = read_target(tables.rows, question.target, question.classification)
    inputs, constant, of_inputs = choose_inputs(
        tables.rows,
        tables.tasks,
        [n for n in tables.rows.columns if n not in (*question.labels, question.target, *(question.described or ()))],
        question.inputs,
    )
    described, of_described = choose_described(tables, question, constant)
    inputs, infinite = finite(inputs, lambda row: tables.rows.place(row))
    described, odd = finite(described, lambda task: f"the task '{tables.tasks.names[task]}'")
    splits = choose_splits(tables, question)

    members = next(iter(splits.values()))
    described, silent = without_texts(described, members)
    trained = tables.tasks.order[np.isin(tables.tasks.task_of, members)]
    of_rows = tuple(fit(column.take(trained), embed) for column in inputs)
    of_tasks = tuple(fit(column.take(members), embed) for column in described)
    longest = int(tables.tasks.lengths.max())
    width = sum(each.width for each in of_rows)
    bytes = 4 * len(tables.tasks.names) * longest * (width + 1)
    check_memory(tables.rows.name, 3 * bytes, f"{len(tables.tasks.names):,} tasks of up to {longest:,} rows")
    target = target.fitted(values[trained]) if question.standardize and not target.classes else target

    notes = (*tables.notes, *of_target, *of_inputs, *of_described, *infinite, *odd, *silent)
    used = {each.name for each in (*of_rows, *of_tasks)}
    return Prepared(
        padded_inputs(tables.tasks, of_rows, inputs, longest),
        padded_target(tables.tasks, target, values, longest),
        tables.tasks.lengths,
        encoded(of_tasks, described, len(tables.tasks.names)),
        splits,
        tables.tasks.names,
        of_rows,
        of_tasks,
        target,
        tuple(name for name in all_columns(tables) if name not in used),
        tuple(each.name for each in of_rows) if question.inputs is None else question.inputs,
        describe(
            tables,
            question,
            target,
            [*zip(inputs, of_rows, strict=True)],
            [*zip(described, of_tasks, strict=True)],
            bytes,
            notes,
        ),
    )


def all_columns(tables: Tables) -> dict[str, Column]:
    """Return the columns of both tables; of a name that both have, the one of the descriptions."""
    return {**tables.rows.columns, **({} if tables.extra is None else tables.extra.columns)}


def choose_splits(tables: Tables, question: Question) -> dict[str, np.ndarray]:
    """Return the tasks of each split, meta-train first.

    Raises:
        TableError: a split is missing or empty, or a task is in two.
    """
    if question.split_column is not None:
        return by_column(tables.names_of_tasks(question.split_column, "splits"), f"'{question.split_column}'")
    if question.splits is not None:
        return by_name(question.splits, tables.tasks.names)  # pyright: ignore[reportArgumentType]
    if question.groups is not None:
        return by_group(tables.names_of_tasks(question.groups, "groups"), question.seed)
    return by_seed(len(tables.tasks.names), question.seed)


def padded_inputs(
    tasks: Grouped, encodings: Sequence[Encoding], columns: Sequence[Column], longest: int
) -> Float[np.ndarray, "task row entry"]:
    """Return the entries of each row, zeros after the last row of a task."""
    found = np.zeros((len(tasks.names), longest, sum(each.width for each in encodings)), np.float32)
    task_of, place, start = tasks.task_of, tasks.place, 0
    for encoding, column in zip(encodings, columns, strict=True):
        found[task_of, place, start : start + encoding.width] = encoding(column.take(tasks.order))
        start += encoding.width
    return found


def padded_target(tasks: Grouped, target: Target, values: np.ndarray, longest: int) -> np.ndarray:
    """Return the standardized target, or the class, of each row, zeros after the last row of a task."""
    found = np.zeros((len(tasks.names), longest), np.int32 if target.classes else np.float32)
    found[tasks.task_of, tasks.place] = target.standardized(values[tasks.order])
    return found
