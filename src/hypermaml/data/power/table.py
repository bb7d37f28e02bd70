"""One file of a site: a time column, and load, pv and wind in kW."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from hypermaml._misc.installation import install
from hypermaml._misc.read import read_text
from hypermaml.data.power.parquet_table import names_of, numbers_of, read_columns, times_of
from hypermaml.data.power.profiles import KINDS
from hypermaml.data.power.timetable import Timetable
from hypermaml.data.records import records
from hypermaml.data.table.column import listed
from hypermaml.data.table.memory import check_memory

TIME = "time"
COLUMNS = (TIME, *KINDS)
ABSENT = frozenset({"", "nan", "na", "n/a", "null", "none", "-"})
DELIMITERS = ";,\t"
HIGHEST = 1e9  # kW
LONGEST = 1 << 16  # characters of a header
PER_BYTE = 20  # bytes that a byte of CSV takes while it is read


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


def _read_csv(path: Path) -> tuple[list[int], dict[str, Any]]:
    text = read_text(path, what="a CSV file of a site", encodings=("utf-8-sig",))
    if "\0" in text:
        raise ValueError(f"{path} is not a text file, but it must be a CSV file of a site")
    check_memory(str(path), PER_BYTE * len(text), f"{len(text):,} characters")
    header = text[:LONGEST].splitlines()[0] if text[:LONGEST].strip() else ""
    delimiter = max(DELIMITERS, key=header.count)
    found = records(io.StringIO(text, newline=""), str(path), delimiter=delimiter)
    first = next(found, None)
    places = _places(path, first.cells if first else [])
    needed = max(places.values()) + 1
    rows: list[int] = []
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for row, _, cells in found:
        if not any(map(str.strip, cells)):
            continue
        if len(cells) < needed:
            raise ValueError(f"{path}, row {row}: it has {len(cells)} cells, but {needed} are needed")
        rows.append(row)
        for name, place in places.items():
            columns[name].append(cells[place])
    return rows, columns


def _read_parquet(path: Path) -> tuple[list[int], dict[str, Any]]:
    if find_spec("pyarrow") is None:
        raise ModuleNotFoundError(f"reading {path} needs pyarrow: {install('power')}, or give the file as CSV")
    names = names_of(path)
    own = {name: names[place] for name, place in _places(path, names).items()}
    rows, columns = read_columns(path, list(own.values()))
    found: dict[str, Any] = {TIME: times_of(path, columns[own[TIME]])}
    for kind in KINDS:
        numbers = numbers_of(columns[own[kind]])
        if numbers is None:
            held = str(columns[own[kind]].type)[:40]
            raise ValueError(f"{path}: the column {kind} holds values of the type {held}, but it must hold kW")
        found[kind] = numbers
    return list(range(1, rows + 1)), found


def _places(path: Path, names: Sequence[str]) -> dict[str, int]:
    """Where each column stands."""
    plain = [name.strip().lower() for name in names]
    for name in COLUMNS:
        if plain.count(name) != 1:
            how = "twice" if name in plain else "not"
            raise ValueError(
                f"{path}: the column {name} is {how} there; a site has the columns {', '.join(COLUMNS)}, and this file "
                f"has {listed([name[:40] for name in names])}"
            )
    return {name: plain.index(name) for name in COLUMNS}


def _powers(path: Path, rows: Sequence[int], kind: str, cells: Any) -> np.ndarray:
    given = (
        cells
        if isinstance(cells, np.ndarray)
        else [_number(path, row, kind, cell) for row, cell in zip(rows, cells, strict=True)]
    )
    values = np.asarray(given, float)
    if (odd := np.flatnonzero((values < 0) | (values > HIGHEST))).size:
        raise ValueError(
            f"{path}, row {rows[odd[0]]}: {kind} is {values[odd[0]]:g}, but it must be a power of at least 0 kW and at "
            f"most {HIGHEST:g}; consumption and generation stand apart"
        )
    return values


def _number(path: Path, row: int, kind: str, cell: str | None) -> float:
    word = (cell or "").strip()
    if word.lower() in ABSENT:
        return math.nan
    try:
        return float(word.replace("_", "?"))
    except ValueError:
        hint = "; decimals are written with a point" if "," in word else ""
        raise ValueError(f"{path}, row {row}: {kind} is '{word[:40]}', which is no number{hint}") from None
