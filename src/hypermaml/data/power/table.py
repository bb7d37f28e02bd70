"""One file of a site: a time column, and load, pv and wind in kW."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from hypermaml._misc.installation import install
from hypermaml.data.power.profiles import KINDS
from hypermaml.data.power.timetable import Timetable

TIME = "time"
COLUMNS = (TIME, *KINDS)
ABSENT = frozenset({"", "nan", "na", "n/a", "null", "none", "-"})
DELIMITERS = ";,\t"


def read_table(path: Path, zone: str = "") -> tuple[Timetable, Float[np.ndarray, "3 row"]]:
    """Reads a CSV file (comma, semicolon or tab; UTF-8) or a Parquet file.

    Args:
        path: the file. Its columns are `time`, `load`, `pv` and `wind`, in any order and beside others.
        zone: see `Timetable.read`.

    Returns:
        When the rows are, and load, pv and wind of each in kW; not a number where a cell is empty.

    Raises:
        ValueError: the file cannot be read, lacks a column, or has a value that is no power; the sentence names the
            file and the row.
        ModuleNotFoundError: it is a Parquet file, and pyarrow is not installed.
    """
    rows, columns = (_read_parquet if path.suffix.lower() == ".parquet" else _read_csv)(path)
    times = Timetable.read(str(path), rows, columns[TIME], zone)
    return times, np.array([_powers(path, rows, kind, columns[kind]) for kind in KINDS])


def _read_csv(path: Path) -> tuple[list[int], dict[str, list[Any]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read as text in UTF-8: {error}") from None
    lines = text.splitlines()
    header = lines[0] if lines else ""
    delimiter = max(DELIMITERS, key=header.count)
    places = _places(path, next(csv.reader([header], delimiter=delimiter), []))
    rows: list[int] = []
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    reader = csv.reader(lines[1:], delimiter=delimiter)
    for cells in reader:
        row = reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) <= max(places.values()):
            raise ValueError(f"{path}, row {row}: it has {len(cells)} cells, but {max(places.values()) + 1} are needed")
        rows.append(row)
        for name, place in places.items():
            columns[name].append(cells[place])
    return rows, columns


def _read_parquet(path: Path) -> tuple[list[int], dict[str, list[Any]]]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            f"reading {path} needs pyarrow: {install('power')}, or give the file as CSV"
        ) from None
    try:
        table = parquet.read_table(path)
    except (OSError, pyarrow.ArrowInvalid) as error:
        raise ValueError(f"{path} is no Parquet file that can be read: {error}") from None
    names = table.column_names
    places = _places(path, names)
    return list(range(1, table.num_rows + 1)), {name: table.column(place).to_pylist() for name, place in places.items()}


def _places(path: Path, names: Sequence[str]) -> dict[str, int]:
    """Where each column stands."""
    plain = [name.strip().lower() for name in names]
    for name in COLUMNS:
        if plain.count(name) != 1:
            how = "twice" if name in plain else "not"
            raise ValueError(
                f"{path}: the column {name} is {how} there; a site has the columns {', '.join(COLUMNS)}, and this file "
                f"has {', '.join(names) or 'none'}"
            )
    return {name: plain.index(name) for name in COLUMNS}


def _powers(path: Path, rows: Sequence[int], kind: str, cells: Sequence[Any]) -> list[float]:
    return [_power(path, row, kind, cell) for row, cell in zip(rows, cells, strict=True)]


def _power(path: Path, row: int, kind: str, cell: Any) -> float:
    if cell is None or (isinstance(cell, str) and cell.strip().lower() in ABSENT):
        return math.nan
    try:
        value = float(cell)
    except (TypeError, ValueError):
        word = cell.strip() if isinstance(cell, str) else cell
        hint = "; decimals are written with a point" if isinstance(cell, str) and "," in cell else ""
        raise ValueError(f"{path}, row {row}: {kind} is '{word}', which is no number{hint}") from None
    if isinstance(cell, datetime) or math.isinf(value) or value < 0:
        raise ValueError(
            f"{path}, row {row}: {kind} is {cell}, but it must be a power of at least 0 kW; consumption and generation "
            "stand apart"
        )
    return value
