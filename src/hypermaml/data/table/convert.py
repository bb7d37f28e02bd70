"""Chunks of a column as numbers, or as codes of levels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hypermaml.data.table.column import Kind, TableError
from hypermaml.data.table.extra import load
from hypermaml.data.table.texts import booleans, cleaned, days, numbers, since_epoch

WANTED = {"number": "a number", "boolean": "true or false", "date": "a date such as 2024-02-29"}


def floats(chunk: Any, kind: Kind, comma: bool, place: Callable[[int], str]) -> np.ndarray:
    """Return numbers, truth values as 0 and 1, or dates as days since 2000-01-01; not a number where missing.

    Args:
        chunk: of Arrow.
        kind: number, boolean or date.
        comma: whether texts may have decimal commas.
        place: from the index of a row to the beginning of a sentence about its value.

    Raises:
        TableError: a value is of another kind.
    """
    arrow, types = load("pyarrow"), load("pyarrow.types")
    if _is_text(chunk):
        found = _parsed(cleaned(chunk), kind, comma, place)
    elif kind == "date" and (types.is_date(chunk.type) or types.is_timestamp(chunk.type)):
        found = since_epoch(chunk)
    elif types.is_null(chunk.type):
        found = arrow.nulls(len(chunk), arrow.float64())
    elif kind == "date" or types.is_date(chunk.type) or types.is_timestamp(chunk.type):
        raise TableError(f"{place(0)} is {chunk[0].as_py()}, but it must be {WANTED[kind]}")
    else:
        found = (chunk.cast(arrow.int8()) if types.is_boolean(chunk.type) else chunk).cast(arrow.float64(), safe=False)
    values = np.asarray(found.to_numpy(zero_copy_only=False), float)
    if kind == "boolean":
        odd = np.flatnonzero(~(np.isnan(values) | (values == 0) | (values == 1)))
        if len(odd):
            raise TableError(f"{place(odd[0])} is {values[odd[0]]:g}, but it must be true or false")
    return values


def _parsed(chunk: Any, kind: Kind, comma: bool, place: Callable[[int], str]) -> Any:
    def read(values: Any) -> Any:
        if kind == "number":
            return numbers(values) if not comma else numbers(values, comma=True)
        if kind == "date":
            return days(values)
        found = booleans(values)
        return numbers(values) if found is None else found

    found = read(chunk)
    if found is not None:
        return found
    # The first value that cannot be read: looked for by halves.
    low, high = 0, len(chunk)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if read(chunk.slice(low, middle - low)) is None else (middle, high)
    raise TableError(f"{place(low)} is '{chunk[low].as_py()}', but it must be {WANTED[kind]}")


def strings(chunk: Any) -> Any:
    """Return values as an array of texts for categories: 7.0 is 7, truth values are true and false."""
    arrow, types = load("pyarrow"), load("pyarrow.types")
    if _is_text(chunk):
        return cleaned(chunk)
    if types.is_floating(chunk.type) or types.is_decimal(chunk.type):
        values = chunk.cast(arrow.float64()).to_numpy(zero_copy_only=False)
        whole = np.isnan(values) | (values == np.round(values)) & (np.abs(values) < 2**53)
        if whole.all():
            chunk = arrow.array(np.nan_to_num(values).astype(np.int64), mask=np.isnan(values))
    return cleaned(chunk)


def _is_text(chunk: Any) -> bool:
    types = load("pyarrow.types")
    kind = chunk.type
    return types.is_string(kind) or types.is_large_string(kind) or types.is_dictionary(kind) or "view" in str(kind)
