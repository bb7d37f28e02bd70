"""Rows of numbers in a CSV file, for families whose inputs are plain numbers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from hypermaml._misc.read import read_text
from hypermaml.data.records import records

DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Rows:
    """The cells of a file.

    Attributes:
        path: of the file.
        names: of the columns; none where the first line already holds numbers.
        cells: of each row.
        lines: the number of each row's line.
        delimiter: between cells.
    """

    path: Path
    names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    delimiter: str

    def numbers(self, columns: Sequence[int]) -> Float[np.ndarray, "row column"]:
        """Return some of the columns as numbers.

        Raises:
            ValueError: there is no such column, or a cell is not a number; the sentence names line and column.
        """
        found = np.zeros((len(self.cells), len(columns)))
        for row, cells in enumerate(self.cells):
            for place, column in enumerate(columns):
                try:
                    found[row, place] = float(cells[column])
                except (ValueError, IndexError):
                    given = repr(cells[column][:40]) if column < len(cells) else "absent"
                    name = f" ('{self.names[column]}')" if column < len(self.names) else ""
                    raise ValueError(
                        f"{self.path}, line {self.lines[row]}: column {column + 1}{name} is {given}, but it must be a "
                        "number"
                    ) from None
        return found


def read_rows(path: Path) -> Rows:
    """Read a CSV file with commas, semicolons or tabs; the first line may name the columns.

    Raises:
        ValueError: the file cannot be read, is empty, is not text, has a quotation mark that is not closed, or a row
            that is shorter or longer than the first.
    """
    text = read_text(path, what="a CSV file", encodings=("utf-8-sig", "latin-1"))
    if "\0" in text:
        raise ValueError(f"{path} is not a text file: give a CSV file")
    first = next((line for line in io.StringIO(text, newline="") if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    read = records(io.StringIO(text, newline=""), str(path), delimiter=delimiter, unit="line")
    found = [(line, tuple(map(str.strip, cells))) for _, line, cells in read if any(map(str.strip, cells))]
    if not found:
        raise ValueError(f"{path} is empty: give a CSV file with a row for each example")
    names = () if all(map(_is_number, found[0][1])) else found[0][1]
    rows = found[1:] if names else found
    if not rows:
        raise ValueError(f"{path} has names of columns and no rows")
    for line, cells in rows:
        if len(cells) != len(found[0][1]):
            raise ValueError(f"{path}, line {line} has {len(cells)} columns, but the first line has {len(found[0][1])}")
    return Rows(path, names, tuple(cells for _, cells in rows), tuple(line for line, _ in rows), delimiter)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
