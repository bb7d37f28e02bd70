"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from hypermaml.data.table.column import TableError
from hypermaml.data.table.extra import load


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file.

    Attributes:
        path: of the file.
        columns: their names.
        typed: whether columns have types of their own.
    """

    path: Path
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()
    typed: ClassVar[bool] = True

    @classmethod
    def open(cls, path: Path) -> ParquetFile:
        """Read the names of the columns.

        Raises:
            TableError: it is not a Parquet file, or has no rows.
        """
        arrow, parquet = load("pyarrow"), load("pyarrow.parquet")
        try:
            file = parquet.ParquetFile(path)
        except (OSError, arrow.ArrowInvalid) as error:
            raise TableError(f"{path} cannot be read as a Parquet file: {str(error).splitlines()[0]}") from None
        if not file.metadata.num_rows:
            raise TableError(f"{path} is empty, but it must have rows")
        return cls(path, tuple(name for name in file.schema_arrow.names if not name.startswith("__index_level_")))

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        """Yield the rows as record batches."""
        yield from load("pyarrow.parquet").ParquetFile(self.path).iter_batches(columns=list(columns))

    def number(self, index: int) -> int:
        """Return the number of a row as a person counts, from 1 on."""
        return index + 1
