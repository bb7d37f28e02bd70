"""Parquet files: opened without more memory than they say, and every fault of one as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypermaml._misc.read import opened
from hypermaml.data.table.column import TableError
from hypermaml.data.table.memory import check_memory

BYTES = 16  # of a value, while it is read


@contextmanager
def arrow_faults(place: str) -> Iterator[None]:
    """Turn what pyarrow raises for a damaged file or an odd value into one sentence.

    Args:
        place: the beginning of the sentence, such as "a.parquet cannot be read as a Parquet file".

    Raises:
        ValueError: pyarrow refuses.
    """
    import pyarrow

    kinds = (pyarrow.ArrowException, OSError, UnicodeError, OverflowError, MemoryError)
    try:
        yield
    except kinds as error:
        first = next(iter(str(error).splitlines()), "").rstrip(".")
        raise TableError(f"{place}: {first[:200] or type(error).__name__}") from None


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
        groups = [stated.row_group(group) for group in range(stated.num_row_groups)]
        unpacked = sum(group.total_byte_size for group in groups)
        agree = rows >= 0 and sum(group.num_rows for group in groups) == rows
    if not agree:
        raise ValueError(
            f"{path} cannot be read as a Parquet file: its parts do not have the {rows} rows that it states"
        )
    check_memory(str(path), max(rows * columns * per_value, unpacked), f"{rows:,} rows and {columns} columns")
    return file
