"""Further rows and descriptions of the user, read as those of the training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from hypermaml.data.classes import classes_in
from hypermaml.data.rows import Rows
from hypermaml.data.table.choose import finite
from hypermaml.data.table.column import Column, Kind, TableError, listed, nearest
from hypermaml.data.table.csv_file import CsvFile
from hypermaml.data.table.encode import Encoding, encoded
from hypermaml.data.table.frame import Frame, is_frame
from hypermaml.data.table.read import read_table
from hypermaml.data.table.source import Sources, open_source
from hypermaml.data.table.target import Target, read_target


def encoded_rows(
    given: Any, encodings: Sequence[Encoding], asked: Sequence[str] = ()
) -> Float[np.ndarray, "row entry"]:
    """Return the entries of rows.

    Args:
        given: a data frame, a mapping or the path of a file with the columns by name, in any order and beside others;
            or an array with the columns in the order of the encodings.
        encodings: of the inputs.
        asked: the columns that an array may have as well, in their order; by default those of the encodings.

    Raises:
        TableError: a column is absent, or a value does not fit.
    """
    names = [each.name for each in encodings]
    if isinstance(given, Mapping) and all(np.ndim(value) == 0 for value in given.values()):
        given = {name: [value] for name, value in given.items()}
    named = is_frame(given) or isinstance(given, str | Path)
    source = open_source(given, name="inputs") if named else by_position(given, names, asked)
    for name in names:
        if name not in source.columns:
            where = f"{source.name} has" if isinstance(given, str | Path) else "the inputs have"
            raise TableError(f"{where} no column '{name}'; {nearest(name, source.columns)}")
    columns = read_columns(source, encodings)
    return encoded(encodings, columns, len(columns[0].values))


def targets_of(path: Path, target: Target) -> list[Any]:
    """Return the target of each row of a file, as numbers or as the classes of the training.

    Raises:
        TableError: there is no such column, or a value is missing or does not fit.
    """
    source = open_source(path, name="rows")
    if target.name not in source.columns:
        raise TableError(f"{source.name} has no column '{target.name}'; {nearest(target.name, source.columns)}")
    if not target.classes:
        return read_target(read_table(source, columns=[target.name]), target.name, False)[1].tolist()
    table = read_table(source, columns=[target.name], names=[target.name])
    column = table.columns[target.name]
    levels, found = classes_in(column.levels, target.classes), []
    for row, (code, missing) in enumerate(zip(column.values, column.missing, strict=True)):
        if missing or not levels[code][0]:
            what = "is missing" if missing else f"is '{column.levels[code]}'"
            known = listed(list(map(str, target.classes)))
            raise TableError(f"{table.place(row)}: '{target.name}' {what}, but it must be one of {known}")
        found.append(levels[code][1])
    return found


def cells_of(path: Path) -> Rows:
    """Return the cells of a table as text.

    Raises:
        TableError: the file cannot be read.
    """
    source = open_source(path, name="rows")
    for part in source.parts.values():
        if isinstance(part, CsvFile):
            part.check_records()
            lines, found = zip(*part.rows(), strict=True)
            return Rows(path, part.header, tuple(map(tuple, found)), lines, part.delimiter)
    cells: list[tuple[str, ...]] = []
    for _, batch in source.batches(list(source.columns)):
        columns = [["" if value is None else str(value) for value in column.to_pylist()] for column in batch.columns]
        cells += zip(*columns, strict=True)
    return Rows(path, tuple(source.columns), tuple(cells), tuple(range(1, len(cells) + 1)), ",")


def by_position(given: Any, names: Sequence[str], asked: Sequence[str] = ()) -> Sources:
    """Return the columns of an array.

    Raises:
        TableError: it has more or fewer columns.
    """
    try:
        values = np.asarray(given)
        values = (
            np.asarray(given, object) if values.dtype.kind in "SU" and not isinstance(given, np.ndarray) else values
        )
    except ValueError:
        raise TableError("inputs must be a data frame, or an array with a row for each input") from None
    values = values[:, None] if values.ndim == 1 and len(names) == 1 else values
    names = asked if asked and values.ndim == 2 and values.shape[1] == len(asked) else names
    if values.ndim != 2 or values.shape[1] != len(names):
        raise TableError(
            f"inputs have the shape {values.shape}, but it must be (rows, {len(names)}), the columns "
            f"{', '.join(names)} in this order; or give a data frame"
        )
    return Sources("inputs", {"inputs": Frame.open(dict(zip(names, values.T, strict=True)), "inputs")})


def read_columns(source: Sources, encodings: Sequence[Encoding]) -> list[Column]:
    """Return the columns of the encodings, of their kinds."""
    kinds: dict[str, Kind] = {each.name: each.kind for each in encodings}
    table = read_table(source, columns=list(kinds), kinds=kinds)
    return finite([table.columns[name] for name in kinds], table.place)[0]


def encoded_description(
    given: Any, encodings: Sequence[Encoding], others: Sequence[str]
) -> Float[np.ndarray, " entry"]:
    """Return the entries of one description.

    Args:
        given: a mapping from names to values, a row of a data frame, or the values in the order of the encodings;
            `None` for nothing. Names that are left out, and values that are missing, count as missing.
        encodings: of the columns that describe a task.
        others: names of columns that may stand beside them.

    Raises:
        TableError: a name is unknown, or a value does not fit.
    """
    names = [each.name for each in encodings]
    values = {} if given is None else by_name(given, names)
    for name in values:
        if name not in names and name not in others:
            known = nearest(name, names) if names else "no column describes them"
            raise TableError(f"the description has '{name}', but tasks are not described by it; {known}")
    if not encodings:
        return np.zeros(0, np.float32)
    lists = {name: [values.get(name)] for name in names}
    source = Sources("the description", {"the description": Frame.open(lists, "the description")})
    return encoded(encodings, read_columns(source, encodings), 1)[0]


def by_name(given: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return a description as a mapping.

    Raises:
        TableError: it is not one row, or has more or fewer values.
    """
    if isinstance(given, Mapping):
        return {str(name): single(name, value) for name, value in given.items()}
    if hasattr(given, "index") and hasattr(given, "to_dict") and np.ndim(given) == 1:
        return {str(name): value for name, value in given.to_dict().items()}
    if is_frame(given):
        frame = Frame.open(given, "the description")
        return {name: single(name, list(values)) for name, values in frame.series.items()}
    values = given if isinstance(given, tuple | list) else np.atleast_1d(np.asarray(given)).tolist()
    if np.ndim(np.asarray(values, object)) != 1 or len(values) != len(names):
        raise TableError(
            f"the description has {len(values)} values, but it must have {len(names)}: {', '.join(names)}; or give "
            "them by name"
        )
    return dict(zip(names, values, strict=True))


def single(name: Any, value: Any) -> Any:
    """Return the value of a column with one row.

    Raises:
        TableError: there are more rows or none.
    """
    if np.ndim(value) == 0:
        return value
    values = list(value)
    if len(values) != 1:
        raise TableError(f"the description has {len(values)} values of '{name}', but a task has one")
    return values[0]
