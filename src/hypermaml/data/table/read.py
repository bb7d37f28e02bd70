"""Read a table: find out the kind of each column from all rows, then read the columns that are needed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from hypermaml.data.parquet import arrow_faults
from hypermaml.data.table.column import CODED, KINDS, Column, Kind, Origin, Table, TableError, check_column
from hypermaml.data.table.convert import floats, strings
from hypermaml.data.table.extra import load
from hypermaml.data.table.infer import FITS, MANY, Guess
from hypermaml.data.table.memory import check_memory
from hypermaml.data.table.source import Sources
from hypermaml.data.table.texts import cleaned

BYTES = 16  # of a value, while it is read


@dataclass(frozen=True)
class Survey:
    """What is known of a table before it is read.

    Attributes:
        guesses: of each column.
        rows: of each part.
    """

    guesses: Mapping[str, Guess]
    rows: Mapping[str, int]


def survey(source: Sources, columns: Sequence[str]) -> Survey:
    """Look at all rows in batches, and keep none.

    Raises:
        TableError: there are no rows, or a column holds what is not read.
    """
    guesses, rows = {name: Guess(name) for name in columns}, dict.fromkeys(source.parts, 0)
    for part, batch in source.batches(columns):
        for name, guess in guesses.items():
            with arrow_faults(f"{part}: the column '{name}' cannot be read"):
                guess.see(batch.column(name), part, free=getattr(source.parts[part], "delimiter", ",") != ",")
        rows[part] += batch.num_rows
    empty = [name for name, count in rows.items() if not count]
    if empty:
        raise TableError(f"{empty[0]} has no rows, but it must have some")
    return Survey(guesses, rows)


def read_table(
    source: Sources,
    *,
    columns: Sequence[str] | None = None,
    kinds: Mapping[str, Kind] | None = None,
    names: Collection[str] = (),
    verbatim: Collection[str] = (),
) -> Table:
    """Read columns of a source.

    Args:
        source: from `open_source`.
        columns: which ones; all of them by default.
        kinds: of columns whose kind is given.
        names: of columns that hold names, of tasks for instance: they are read as categories.
        verbatim: of targets, in which words such as yes and no stay as they are, and words may stand beside numbers.

    Raises:
        TableError: a value does not fit, or there is not enough memory.
    """
    kinds = {**(kinds or {}), **dict.fromkeys(names, "category")}
    for name, kind in kinds.items():
        check_column(source.name, name, source.columns, "kinds")
        if kind not in KINDS:
            raise TableError(f"the kind of '{name}' is '{kind}', but it must be one of {', '.join(KINDS)}")
    wanted = list(source.columns if columns is None else columns)
    seen = survey(source, wanted)
    total = sum(seen.rows.values())
    origins = tuple(Origin(name, count, source.parts[name].number) for name, count in seen.rows.items())
    places = Table(source.name, {}, origins).place
    typed = all(part.typed for part in source.parts.values())
    notes, chosen = [*source.notes], dict[str, Kind]()
    for name in wanted:
        guess = seen.guesses[name]
        kind = kinds.get(name, guess.kind)
        if name in verbatim and name not in kinds and guess.typed is None and kind == "boolean":
            kind = "category"
        if guess.doubtful and (kind == "number" or (kind in CODED and name not in kinds)):
            row, value = guess.doubtful
            raise TableError(
                f"{places(row)}: '{name}' is '{value}', which may have a thousands separator: remove the separators of "
                "thousands, and write a decimal point"
            )
        stray = None if name in kinds or name in verbatim else first_stray(source, guess)
        if stray:
            row, value = stray
            raise TableError(
                f"{places(row)}: '{name}' is '{value}', but nearly all other values are {guess.nearly}: correct it, or "
                "leave the cell empty where the value is missing; "
                f"kinds={{'{name}': 'category'}} makes all of them names"
            )
        if guess.distinct is not None and len(guess.distinct) > MANY and kind in CODED and name not in kinds:
            notes.append(f"'{name}' has more than {MANY:,} different values and is left out")
            continue
        if kind == "date" and len(guess.zones) == 2:
            first, second = sorted(guess.zones.values())
            raise TableError(
                f"{places(second)}: '{name}' mixes times with and without a time zone (see row "
                f"{places(first).rpartition(' ')[2]}): give all of them a zone, or none"
            )
        if kind == "number" and guess.typed is None and name not in kinds and typed:
            other = f"kinds={{'{name}': 'category'}} makes it a category"
            notes.append(f"'{name}' holds numbers as text and is read as numbers; {other}")
        if guess.decimal_comma and kind == "number":
            notes.append(f"'{name}' has decimal commas")
        chosen[name] = kind
    check_memory(source.name, total * len(chosen) * BYTES, f"{total:,} rows and {len(chosen)} columns")
    return Table(source.name, _columns(source, seen, chosen, places), origins, None, tuple(notes))


def first_stray(source: Sources, guess: Guess) -> tuple[int, str] | None:
    """Return the first row and value of a column that is no number, or no date, where nearly all others are."""
    if guess.nearly is None:
        return None
    fits, compute, start = FITS[guess.nearly], load("pyarrow.compute"), 0
    for _, batch in source.batches([guess.name]):
        chunk = cleaned(batch.column(guess.name))
        row = compute.index(fits(chunk), False).as_py()
        if row >= 0:
            return start + row, chunk[row].as_py()
        start += batch.num_rows
    return None


def _columns(
    source: Sources, seen: Survey, kinds: Mapping[str, Kind], place: Callable[[int], str]
) -> dict[str, Column]:
    total = sum(seen.rows.values())
    values = {name: np.empty(total) for name, kind in kinds.items() if kind not in CODED}
    texts: dict[str, list[Any]] = {name: [] for name, kind in kinds.items() if kind in CODED}
    start = 0
    for part, batch in source.batches(list(kinds)):
        for name, kind in kinds.items():
            chunk = batch.column(name)
            with arrow_faults(f"{part}: the column '{name}' cannot be read as {kind}"):
                if name in texts:
                    texts[name].append(strings(chunk).dictionary_encode())
                else:
                    where = partial(_where, place, name, start)
                    comma = seen.guesses[name].comma or not seen.guesses[name].point
                    values[name][start : start + len(chunk)] = floats(chunk, kind, comma, where)
        start += batch.num_rows
    found = {}
    for name, kind in kinds.items():
        found[name] = Column(name, kind, values[name]) if name in values else coded(name, kind, texts.pop(name))
    return found


def _where(place: Callable[[int], str], name: str, start: int, row: int) -> str:
    return f"{place(start + row)}: '{name}'"


def coded(name: str, kind: Kind, chunks: Sequence[Any]) -> Column:
    """Return the column of texts, its levels sorted."""
    joined = load("pyarrow").chunked_array(chunks).unify_dictionaries().combine_chunks()
    joined = joined.chunk(0) if hasattr(joined, "chunks") else joined
    levels = joined.dictionary.to_pylist()
    codes = np.asarray(joined.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int32)
    order = sorted(range(len(levels)), key=lambda code: natural(levels[code]))
    rank = np.empty(len(levels) + 1, np.int32)
    rank[order], rank[-1] = np.arange(len(levels)), -1
    return Column(name, kind, rank[codes], tuple(levels[code] for code in order))


def natural(level: str) -> tuple[bool, float, str]:
    """Return the key that sorts numbers as numbers, before names."""
    try:
        return False, float(level), level
    except ValueError:
        return True, 0.0, level


def without_empty(table: Table) -> Table:
    """Return the table without the rows in which every value is missing, as spreadsheets write them."""
    empty = np.logical_and.reduce([column.missing for column in table.columns.values()])
    if not empty.any():
        return table
    if empty.all():
        raise TableError(f"{table.name} has no values, but it must have some")
    first = table.place(int(np.flatnonzero(empty)[0]))
    rows = f"{empty.sum():,} rows are empty and" if empty.sum() > 1 else "one row is empty and"
    note = f"{table.name}: {rows} left out ({first})"
    return table.take(np.flatnonzero(~empty)).with_notes(note)
