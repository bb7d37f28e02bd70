"""Parquet files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from hypermaml.data.parquet import arrow_faults, open_parquet
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
            ValueError: it is not a Parquet file, has no rows, two columns of one name, or more than the memory holds.
        """
        load("pyarrow")
        file = open_parquet(path)
        if not file.metadata.num_rows:
            raise TableError(f"{path} is empty, but it must have rows")
        names = [name for name in file.schema_arrow.names if not name.startswith("__index_level_")]
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise TableError(f"{path}: two columns have the name '{twice[0][:40]}', but each needs its own")
        bare = ("a column has no name and is left out",) if "" in names else ()
        return cls(path, tuple(filter(None, names)), tuple(f"{path}: {note}" for note in bare))

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        """Yield the rows as record batches.

        Raises:
            ValueError: the file is damaged.
        """
        file = open_parquet(self.path)
        with arrow_faults(f"{self.path} cannot be read as a Parquet file"):
            yield from file.iter_batches(columns=list(columns))

    def number(self, index: int) -> int:
        """Return the number of a row as a person counts, from 1 on."""
        return index + 1
