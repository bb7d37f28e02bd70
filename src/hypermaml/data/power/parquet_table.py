"""The columns of a site in a Parquet file, as the times and the numbers that a CSV file has in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

import numpy as np

from hypermaml.data.parquet import arrow_faults, open_parquet
from hypermaml.data.power.timetable import YEARS, zone_of

PER_VALUE = 400  # bytes of a value and its time as Python holds them
SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def read_columns(path: Path, names: Sequence[str]) -> tuple[int, dict[str, Any]]:
    """Return the number of rows, and the columns of these names as arrays of Arrow.

    Args:
        path: of the file.
        names: of columns that it has, once each.

    Raises:
        ValueError: the file is damaged, or larger than the memory.
    """
    import pyarrow

    file = open_parquet(path, per_value=PER_VALUE)
    with arrow_faults(f"{path} is no Parquet file that can be read"):
        table = file.read(columns=list(names))
        table.validate(full=True)
        found = {}
        for name in names:
            column = table.column(name).combine_chunks()
            if pyarrow.types.is_dictionary(column.type):
                column = column.cast(column.type.value_type)
            found[name] = column
    return table.num_rows, found


def names_of(path: Path) -> list[str]:
    """Return the names of the columns.

    Raises:
        ValueError: it is not a Parquet file.
    """
    file = open_parquet(path, per_value=0)
    return list(file.schema_arrow.names)


def times_of(path: Path, column: Any) -> list[datetime] | list[str]:
    """Return times that a column of timestamps or texts holds.

    Raises:
        ValueError: a value is missing or far from now, or the column holds something else.
    """
    from pyarrow import types

    kind = column.type
    if types.is_null(kind) or column.null_count:
        row = int(np.flatnonzero(_absent(column))[0]) + 1 if len(column) else 1
        raise ValueError(f"{path}, row {row}: the time is missing")
    if types.is_string(kind) or types.is_large_string(kind):
        with arrow_faults(f"{path}: the column time"):
            return column.to_pylist()
    if not types.is_timestamp(kind):
        what = "dates without a time of day" if types.is_date(kind) else f"values of the type {str(kind)[:40]}"
        raise ValueError(
            f"{path}: the column time holds {what}, but it must hold timestamps, or texts such as 2016-12-31 23:45"
        )
    return _instants(path, column)


def numbers_of(column: Any) -> np.ndarray | list[Any] | None:
    """Return the numbers of a column, not a number where one is missing, or its texts; `None` for other types."""
    import pyarrow
    from pyarrow import types

    kind = column.type
    if types.is_string(kind) or types.is_large_string(kind):
        return column.to_pylist()
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_null(kind):
        return np.asarray(column.cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False), float)
    return None


def _instants(path: Path, column: Any) -> list[datetime]:
    import pyarrow

    per_second = SECOND[column.type.unit]
    counts = np.asarray(column.cast(pyarrow.int64()).to_numpy(zero_copy_only=False))
    first, last = (int(np.datetime64(str(year), "s").astype(int)) for year in YEARS)
    seconds = counts // per_second
    if (odd := np.flatnonzero((seconds < first) | (seconds > last))).size:
        raise ValueError(
            f"{path}, row {odd[0] + 1}: the time is not after {YEARS[0]} and before {YEARS[1]}; is the unit of the "
            f"column time, {column.type.unit}, the right one?"
        )
    zone = _zone(path, column.type.tz)
    times = []
    for whole, rest in zip(seconds.tolist(), (counts % per_second).tolist(), strict=True):
        time = datetime.fromtimestamp(whole, UTC) + timedelta(microseconds=rest * 10**6 // per_second)
        times.append(time.replace(tzinfo=None) if zone is None else time.astimezone(zone))
    return times


def _zone(path: Path, name: str | None) -> tzinfo | None:
    """Return the zone of a type: of the IANA database, or an offset such as +05:30."""
    if not name:
        return None
    try:
        if name[0] in "+-":
            return timezone(datetime.strptime(name.replace(":", ""), "%z").utcoffset() or timedelta(0))
        return zone_of(name)
    except ValueError:
        raise ValueError(
            f"{path}: the column time has the zone '{name[:40]}', but it must be one of the IANA database, such as "
            "Europe/Berlin, or an offset such as +01:00"
        ) from None


def _absent(column: Any) -> np.ndarray:
    return np.asarray(column.is_null().to_numpy(zero_copy_only=False), bool)
