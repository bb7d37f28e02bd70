"""CSV files: their encoding, delimiter and header, and their rows as batches of texts."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from hypermaml._misc.read import opened, read_text
from hypermaml.data.records import Record, records
from hypermaml.data.table.column import TableError
from hypermaml.data.table.extra import load

BLOCK = 1 << 24
LONGEST = 1 << 20  # characters of a header
COLUMNS = 10_000
UTF16 = 1 << 32  # bytes of a file in UTF-16, which is read at once
DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class CsvFile:
    """A CSV file.

    Attributes:
        path: of the file.
        encoding: `utf-8-sig`, `utf-16` or `latin-1`.
        delimiter: comma, semicolon, tab or bar.
        header: the names of the columns.
        header_lines: lines of the header.
        quoted: whether there are quotation marks.
        blank: whether there may be blank lines, which are not rows.
        typed: whether columns have types of their own.
    """

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_lines: int
    quoted: bool
    blank: bool
    typed: ClassVar[bool] = False

    @classmethod
    def open(cls, path: Path) -> CsvFile:
        """Find out how a file is written.

        Raises:
            TableError: the file cannot be read, is empty, has a quotation mark that is not closed, or has two columns
                of one name.
        """
        encoding, quotes, blank = scanned(path)
        with path.open(encoding=encoding, newline="") as file:
            first = file.read(LONGEST)
        if not first.strip():
            raise TableError(f"{path} is empty, but it must have a header and rows")
        readers = {mark: csv.reader(io.StringIO(first, newline=""), delimiter=mark) for mark in DELIMITERS}
        try:
            headers = {mark: next((cells for cells in reader if any(cells)), []) for mark, reader in readers.items()}
        except csv.Error:  # a cell that is too long
            headers = dict.fromkeys(DELIMITERS, [""] * (COLUMNS + 1))
        delimiter = max(DELIMITERS, key=lambda mark: len(headers[mark]))
        names = tuple(name.strip() for name in headers[delimiter])
        if len(names) > COLUMNS:
            raise TableError(f"{path}, row 1: a table has at most {COLUMNS:,} columns, whose names are short")
        twice = [name for name, count in Counter(names).items() if name and count > 1]
        if twice:
            raise TableError(f"{path}, row 1: two columns have the name '{twice[0][:40]}', but each needs its own")
        lines = readers[delimiter].line_num
        found = cls(path, encoding, delimiter, names, lines, quotes > 0, blank or lines > 1)
        if quotes:
            found.check_records()
        return found

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that have one."""
        return tuple(name for name in self.header if name)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the data should know."""
        bare = [str(place) for place, name in enumerate(self.header, 1) if not name]
        return (f"{self.path}: column {', '.join(bare)} has no name and is left out",) if bare else ()

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        """Yield the rows in batches, each value as text.

        Raises:
            TableError: a row has more or fewer cells than the header.
        """
        arrow, reader = load("pyarrow"), load("pyarrow.csv")
        names = [name or f"\0{place}" for place, name in enumerate(self.header)]
        encoding = self.encoding.replace("utf-8-sig", "utf8")
        try:
            rows = reader.open_csv(
                self.path,
                reader.ReadOptions(
                    column_names=names, skip_rows=self.header_lines, block_size=BLOCK, encoding=encoding
                ),
                reader.ParseOptions(delimiter=self.delimiter, newlines_in_values=self.quoted),
                reader.ConvertOptions(
                    column_types=dict.fromkeys(names, arrow.string()),
                    include_columns=list(columns),
                    null_values=[],
                    strings_can_be_null=False,
                ),
            )
            yield from rows
        except arrow.ArrowException as error:
            if "Empty CSV" in str(error):
                return
            self.check_records()
            raise TableError(f"{self.path} cannot be read as a table: {str(error).splitlines()[0][:200]}") from None

    def number(self, index: int) -> int:
        """Return the number of a row as a person counts: the header is row 1, and blank lines count."""
        if not self.blank:
            return index + 2
        return next(itertools.islice(self.rows(), index, None))[0]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the cells of each row below the header, with its number: a blank line is not a row, empty cells are."""
        found = self.records()
        next(record for record in found if any(record.cells))
        yield from ((record.row, record.cells) for record in found if record.cells)

    def records(self) -> Iterator[Record]:
        """Yield each row, the header first.

        Raises:
            ValueError: a quotation mark is not closed, or stands where none can.
        """
        with self.path.open(encoding=self.encoding, newline="") as file:
            yield from records(file, str(self.path), delimiter=self.delimiter)

    def check_records(self) -> None:
        """Check each row: as many cells as the header has, and quotation marks that are closed.

        Raises:
            ValueError: the first row that does not fit.
        """
        below = False
        for number, _, cells in self.records():
            if below and cells and len(cells) != len(self.header):
                raise TableError(
                    f"{self.path}, row {number}: it has {len(cells)} cells, but the header has {len(self.header)}"
                )
            below = below or any(cells)


def scanned(path: Path) -> tuple[str, int, bool]:
    """Return the encoding of a file, the number of its quotation marks, and whether there may be blank lines.

    Raises:
        ValueError: it is not a regular file, cannot be read, or is not text.
    """
    quotes, blank, utf8, end = 0, False, True, b""
    with opened(path, what="a table") as file:
        start = file.read(2)
        file.seek(0)
        if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            text = read_text(path, what="a table", limit=UTF16, encodings=("utf-16",))
            _check_text(path, "\0" in text)
            return "utf-16", text.count('"'), True
        decoder = codecs.getincrementaldecoder("utf-8")()
        while block := file.read(BLOCK):
            _check_text(path, b"\0" in block)
            utf8 = utf8 and decodes(decoder, block)
            quotes += block.count(b'"')
            joined = end + block
            blank = blank or b"\n\n" in joined or b"\n\r\n" in joined or b"\r\r" in joined
            end = block[-2:]
        utf8 = utf8 and decodes(decoder, b"", final=True)
    return "utf-8-sig" if utf8 else "latin-1", quotes, blank


def _check_text(path: Path, zero: bool) -> None:
    if zero:
        raise TableError(f"{path} is not a text file, but it must be a table with cells of text")


def decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    """Return whether the next bytes of a file are text in the decoder's encoding."""
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True
