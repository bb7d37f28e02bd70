"""The rows of a user and her descriptions of tasks, side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hypermaml.data.table.column import Column, Table, TableError, check_column
from hypermaml.data.table.question import Question
from hypermaml.data.table.read import read_table, without_empty
from hypermaml.data.table.source import open_source
from hypermaml.data.table.tasks import Grouped, aligned, counted, duplicates, grouped


@dataclass(frozen=True, eq=False)
class Tables:
    """Rows and descriptions.

    Attributes:
        rows: the table of rows.
        tasks: the rows of each task.
        extra: the table of descriptions; `None` for none.
        places: the row of each task in it; -1 for none.
        notes: what was done with the data.
    """

    rows: Table
    tasks: Grouped
    extra: Table | None = None
    places: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, rows: Any, descriptions: Any, question: Question) -> Tables:
        """Read both tables.

        Raises:
            TableError: something does not fit.
        """
        source = open_source(rows, name="rows", task=question.task)
        for what in ("task", "target"):
            check_column(source.name, getattr(question, what), source.columns, what)
        wanted = None
        if question.inputs is not None:
            named = (*question.labels, question.target, *question.inputs, *(question.described or ()))
            unknown = [name for name in question.inputs if name not in source.columns]
            if unknown:
                check_column(source.name, unknown[0], source.columns, "inputs")
            # Without named descriptions, any column may be one.
            wanted = [name for name in source.columns if name in named] if question.described is not None else None
        kinds, labels = question.kinds_of(source.columns), [n for n in question.labels if n in source.columns]
        read = read_table(source, columns=wanted, kinds=kinds, names=labels, verbatim=(question.target,))
        table = without_empty(read)
        tasks = grouped(table, table.columns[question.task])
        notes = [*table.notes, *repeated(table)]
        known = source.columns
        if descriptions is None:
            found = cls(table, tasks, notes=tuple(notes))
        else:
            source = open_source(descriptions, name="descriptions", task=question.task)
            check_column(source.name, question.task, source.columns, "task")
            kinds, labels = question.kinds_of(source.columns), [n for n in question.labels if n in source.columns]
            extra = without_empty(read_table(source, kinds=kinds, names=labels))
            places, said = aligned(extra, extra.columns[question.task], tasks.names, table.name)
            found = cls(table, tasks, extra, places, (*notes, *extra.notes, *said))
        unknown = [name for name in question.kinds or {} if name not in {*known, *source.columns}]
        if unknown:
            check_column(table.name, unknown[0], known, "kinds")
        return found

    def of_task(self, name: str, what: str) -> Column:
        """Return the value of each task in a column of either table.

        Args:
            name: of the column.
            what: the argument that names it.

        Raises:
            TableError: there is no such column, or its values vary within a task.
        """
        if self.extra is not None and name in self.extra.columns:
            column = self.extra.columns[name]
            lacking = -1 if column.coded else np.nan
            values = np.where(self.places < 0, lacking, column.values[self.places])
            return Column(name, column.kind, values.astype(column.values.dtype), column.levels)
        if self.extra is not None and name not in self.rows.columns:
            columns = [*self.extra.columns, *self.rows.columns]
            check_column(f"{self.rows.name} and {self.extra.name} together", name, columns, what)
        return constant_within(self.rows, self.tasks, name, what)

    def names_of_tasks(self, name: str, what: str) -> list[str]:
        """Return the value of each task in a column of names.

        Raises:
            TableError: there is no such column, it varies within a task, or a task has no value.
        """
        column = self.of_task(name, what)
        missing = np.flatnonzero(column.missing)
        if len(missing):
            raise TableError(
                f"the task '{self.tasks.names[missing[0]]}' has no '{name}', which {what} names: each task needs one"
            )
        return [column.shown(task) for task in range(len(self.tasks.names))]

    def check_lengths(self, shots: int) -> None:
        """Check that each task has a row more than its support set.

        Raises:
            TableError: the first task that has not.
        """
        lengths = self.tasks.lengths
        short = np.flatnonzero(lengths <= shots)
        if len(short):
            task = int(short[0])
            where = self.rows.place(int(self.tasks.order[self.tasks.starts[task]]))
            raise TableError(
                f"{where}: the task '{self.tasks.names[task]}' has {counted(int(lengths[task]), 'row')}, but {shots} "
                f"shots and a query need {shots + 1}; {counted(len(short), 'task')} of {len(lengths)} "
                f"{'has' if len(short) == 1 else 'have'} too few rows: leave them out, or lower shots"
            )


def constant_within(table: Table, grouped: Grouped, name: str, what: str) -> Column:
    """Return the value of each task, of a column of rows that must not vary within tasks.

    Args:
        table: the rows.
        grouped: by task.
        name: of the column.
        what: the argument that names it.

    Raises:
        TableError: the column is absent, or has two values within a task.
    """
    check_column(table.name, name, list(table.columns), what)
    column = table.columns[name]
    varying = np.flatnonzero(grouped.varies(column))
    if len(varying):
        task = int(varying[0])
        rows = grouped.order[grouped.starts[task] : grouped.starts[task] + grouped.lengths[task]]
        present = rows[~column.missing[rows]]
        other = present[column.values[present] != column.values[present[0]]][0]
        raise TableError(
            f"{table.place(other)}: '{name}', which {what} names, is {column.shown(other)}, but in another row of the "
            f"task '{grouped.names[task]}' it is {column.shown(present[0])}: it must be constant within a task"
        )
    return grouped.constant(column)


def repeated(table: Table) -> list[str]:
    """Return a note on rows that equal an earlier one."""
    again = duplicates(table, list(table.columns.values()))
    if not len(again):
        return []
    rows = "one row equals an earlier one" if len(again) == 1 else f"{len(again):,} rows equal an earlier one"
    return [f"{rows} ({table.place(again[0])}): all are kept, so that a row may be in support and in query"]
