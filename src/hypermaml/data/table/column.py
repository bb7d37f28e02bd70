"""A table as arrays: columns of numbers and of codes, and where each row comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal, get_args

import numpy as np

Kind = Literal["number", "category", "boolean", "date", "text"]
KINDS: tuple[str, ...] = get_args(Kind)
CODED = ("category", "text")
HUGE = 1e30  # beyond it a number overflows when it is squared or has 32 bits
LONGEST = 1200  # characters of a sentence


class TableError(ValueError):
    """A table cannot be used; the text is one sentence with the file, the row and the column.

    Names and values in it may have any length and line breaks: it is one line of at most `LONGEST` characters.
    """

    def __init__(self, sentence: str):
        line = " ".join(sentence.splitlines())
        super().__init__(line if len(line) <= LONGEST else f"{line[: LONGEST - 400]} … {line[-390:]}")


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a table.

    Attributes:
        name: from the header.
        kind: of its values.
        values: numbers; booleans as 0 and 1; dates as days since 2000-01-01; not a number where a value is missing. Of
            categories and text the code of the level, -1 where a value is missing.
        levels: the different categories or texts; code 0 is the first.
    """

    name: str
    kind: Kind
    values: np.ndarray
    levels: tuple[str, ...] = ()

    @property
    def coded(self) -> bool:
        """Whether the values are codes."""
        return self.kind in CODED

    @property
    def missing(self) -> np.ndarray:
        """Whether each value is missing."""
        return self.values < 0 if self.coded else np.isnan(self.values)

    def take(self, rows: np.ndarray) -> Column:
        """Return the column with these rows."""
        return replace(self, values=self.values[rows])

    def shown(self, row: int) -> str:
        """Return a value as the user wrote it, more or less."""
        value = self.values[row]
        return self.levels[value] if self.coded else f"{value:g}"


@dataclass(frozen=True)
class Origin:
    """Where some rows of a table come from.

    Attributes:
        name: of the file, or what the frame is.
        rows: how many.
        number: from the index of a row to its number as a person counts.
    """

    name: str
    rows: int
    number: Callable[[int], int]


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal lengths.

    Attributes:
        name: for sentences.
        columns: by name, in the order of the header.
        origins: of the rows, in order.
        kept: the index of each row in the origins; `None` for all of them.
        notes: what was done with the data, a sentence each.
    """

    name: str
    columns: Mapping[str, Column]
    origins: tuple[Origin, ...]
    kept: np.ndarray | None = None
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(next(iter(self.columns.values())).values) if self.columns else 0

    def place(self, row: int) -> str:
        """Return the file and the number of a row, as in `pupils.csv, row 5`."""
        index = int(row if self.kept is None else self.kept[row])
        for origin in self.origins:
            if index < origin.rows:
                return f"{origin.name}, row {origin.number(index)}"
            index -= origin.rows
        raise IndexError(row)

    def take(self, rows: np.ndarray) -> Table:
        """Return the table with these rows."""
        columns = {name: column.take(rows) for name, column in self.columns.items()}
        return replace(self, columns=columns, kept=rows if self.kept is None else self.kept[rows])

    def with_notes(self, *notes: str) -> Table:
        """Return the table with further notes."""
        return replace(self, notes=(*self.notes, *notes))


def check_column(table: str, name: str, columns: Sequence[str], what: str) -> str:
    """Return the name of a column.

    Args:
        table: its name.
        name: of the column.
        columns: that the table has.
        what: the argument that names it.

    Raises:
        TableError: the table has no such column.
    """
    if name not in columns:
        raise TableError(f"{table} has no column '{name}', which {what} names; {nearest(name, columns)}")
    return name


def nearest(name: str, columns: Sequence[str]) -> str:
    """Return the end of a sentence about an unknown column: the nearest one and all of them."""
    lower = {each.lower(): each for each in columns}
    close = get_close_matches(str(name).lower(), lower, n=1, cutoff=0.6)
    guess = f"did you mean '{lower[close[0]]}'? Its" if close else "its"
    return f"{guess} columns are {listed(columns)}"


def listed(names: Sequence[str], most: int = 20) -> str:
    """Return names as a list, the first ones of many."""
    shown = ", ".join(map(str, names[:most])) or "none"
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
