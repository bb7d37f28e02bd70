"""The rows of CSV text, and the quotation marks that swallow some of them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Record(NamedTuple):
    """A row.

    Attributes:
        row: its number as a spreadsheet counts, from 1 on.
        line: the number of its first line as an editor counts.
        cells: its texts.
    """

    row: int
    line: int
    cells: list[str]


def records(lines: Iterable[str], place: str, *, delimiter: str, unit: str = "row") -> Iterator[Record]:
    r"""Yield the rows of CSV text, the header and blank ones too.

    Args:
        lines: with their ends, as a file that is opened with `newline=""` gives them.
        place: of the text, for sentences.
        delimiter: between cells.
        unit: "row" where sentences name the number of the row, "line" where they name that of its first line.

    Raises:
        ValueError: a quotation mark is not closed, or is closed so late that it holds whole rows; a cell is longer
            than 128 KiB; or quotation marks stand where none can.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    row, line, columns = 0, 1, 0
    while True:
        row += 1
        where = f"{place}, {unit} {row if unit == 'row' else line}"
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise ValueError(f"{where}: {_cause(str(error))}") from None
        if cells is None:
            return
        columns = columns or len(cells)
        if reader.line_num > line and len(cells) > 1 and _swallows(cells, delimiter, columns):
            raise ValueError(f"{where}: a quotation mark is not closed, so that a cell holds whole rows")
        yield Record(row, line, cells)
        line = reader.line_num + 1


def _cause(fault: str) -> str:
    if "end of data" in fault:
        return "a quotation mark is not closed"
    if "field limit" in fault:
        limit = f"{csv.field_size_limit():,}"
        return f"a cell has more than {limit} characters, as if a quotation mark were not closed"
    if "expected after" in fault:
        return "a quotation mark stands within a cell; write two of them for one, or leave it out"
    return fault


def _swallows(cells: list[str], delimiter: str, columns: int) -> bool:
    """Return whether each line of a cell but the first has as many cells as a row of at least three."""
    for place, cell in enumerate(cells):
        _, *others = cell.splitlines() or [""]
        if others and columns > 2:
            counts = [line.count(delimiter) + 1 for line in others]
            counts[-1] += len(cells) - 1 - place
            if all(count == columns for count in counts):
                return True
    return False
