"""Parquet files: opened without more memory than they say, and every fault of one as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypermaml._misc.read import opened
from hypermaml.data.table.memory import check_memory

BYTES = 16  # of a value, while it is read


@contextmanager
def arrow_faults(place: str) -> Iterator[None]:
    """Turn whatever pyarrow raises for a damaged file into one sentence; nothing but its calls belongs inside.

    Args:
        place: the beginning of the sentence, such as "a.parquet cannot be read as a Parquet file".

    Raises:
        ValueError: pyarrow refuses.
    """
    import pyarrow

    kinds = (pyarrow.ArrowException, OSError, ValueError, TypeError, LookupError, OverflowError, MemoryError)
    try:
        yield
    except kinds as error:
        first = next(iter(str(error).splitlines()), "").rstrip(".")
        raise ValueError(f"{place}: {first[:200] or type(error).__name__}") from None


def open_parquet(path: Path, *, per_value: int = BYTES) -> Any:
    """Return pyarrow's `ParquetFile`, after a look at the sizes that it states.

    Args:
        path: of the file.
        per_value: bytes that a value takes while it is read.

    Raises:
        ValueError: it is not a Parquet file, or states more rows or bytes than there is memory for.
        ModuleNotFoundError: pyarrow is not installed.
    """
    from pyarrow import parquet

    with opened(path, what="a Parquet file"), arrow_faults(f"{path} cannot be read as a Parquet file"):
        file = parquet.ParquetFile(path)
        stated = file.metadata
        rows, columns = stated.num_rows, len(file.schema_arrow.names)
        unpacked = sum(stated.row_group(group).total_byte_size for group in range(stated.num_row_groups))
        if rows < 0 or sum(stated.row_group(group).num_rows for group in range(stated.num_row_groups)) != rows:
            raise ValueError("it states another number of rows than its parts have")
    check_memory(str(path), max(rows * columns * per_value, unpacked), f"{rows:,} rows and {columns} columns")
    return file
