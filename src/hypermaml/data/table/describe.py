"""What became of each column of a table, to be printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hypermaml._misc.memory import size
from hypermaml.data.table.column import Column
from hypermaml.data.table.encode import Encoding
from hypermaml.data.table.question import Question
from hypermaml.data.table.tables import Tables
from hypermaml.data.table.target import Target

Used = Sequence[tuple[Column, Encoding]]


@dataclass(frozen=True)
class ColumnDescription:
    """What became of a column.

    Attributes:
        name: of the column.
        role: task, target, input, description, split, group or left out.
        kind: number, category, boolean, date or text.
        missing: the number of missing values.
        text: how it is read.
    """

    name: str
    role: str
    kind: str
    missing: int
    text: str


@dataclass(frozen=True)
class TableDescription:
    """What became of the columns of a table. Printed, it is a table with notes below.

    Attributes:
        rows: the number of rows.
        tasks: the number of tasks.
        bytes: memory that the arrays take.
        columns: of the rows, then of the descriptions.
        notes: on missing, infinite and constant values, and on what was left out.
    """

    rows: int
    tasks: int
    bytes: int
    columns: tuple[ColumnDescription, ...]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        lines = [("column", "role", "kind", "missing", "read as")]
        lines += [(each.name, each.role, each.kind, f"{each.missing:,}", each.text) for each in self.columns]
        widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
        shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
        head = f"{self.rows:,} rows of {self.tasks:,} tasks, {size(self.bytes)} of memory"
        return "\n".join([head, *(line.rstrip() for line in shown), *(f"- {note}" for note in self.notes)])


def describe(
    tables: Tables, question: Question, target: Target, inputs: Used, described: Used, bytes: int, notes: Sequence[str]
) -> TableDescription:
    """Return what became of the columns.

    Args:
        tables: both.
        question: what the columns are.
        target: what is predicted.
        inputs: each input with its encoding.
        described: each column of the description with its encoding.
        bytes: that the arrays take.
        notes: so far.
    """
    lengths = tables.tasks.lengths
    least, most = int(lengths.min()), int(lengths.max())
    each = f"{least:,} rows each" if least == most else f"from {least:,} to {most:,} rows each"
    roles = {question.groups: "group", question.split_column: "split"}
    shown = [
        _shown(tables.rows.columns[question.task], "task", f"{len(tables.tasks.names):,} names, {each}"),
        _shown(tables.rows.columns[question.target], "target", target.describe()),
        *(_shown(column, "input", encoding.describe()) for column, encoding in inputs),
        *(_shown(column, "description", encoding.describe()) for column, encoding in described),
    ]
    seen = {one.name for one in shown}
    for table in (tables.rows, tables.extra):
        for column in table.columns.values() if table is not None else ():
            if column.name not in seen:
                shown.append(_shown(column, roles.get(column.name, "left out"), ""))
                seen.add(column.name)
    lacking = [one.name for one in shown if one.missing and one.role in ("input", "description")]
    if lacking:
        notes = (*notes, f"missing values in {', '.join(lacking)}: see the table for what they count as")
    return TableDescription(tables.rows.rows, len(tables.tasks.names), bytes, tuple(shown), tuple(dict.fromkeys(notes)))


def _shown(column: Column, role: str, text: str) -> ColumnDescription:
    return ColumnDescription(column.name, role, column.kind, int(np.sum(column.missing)), text)
