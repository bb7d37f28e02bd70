"""Data frames of pandas, polars and pyarrow, through narwhals, and plain columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hypermaml.data.table.column import TableError
from hypermaml.data.table.extra import load


@dataclass(frozen=True)
class Frame:
    """A data frame.

    Attributes:
        name: for sentences.
        columns: their names.
        typed: whether columns have types of their own.
        series: by name; of narwhals, or values.
    """

    name: str
    columns: tuple[str, ...]
    series: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    typed: ClassVar[bool] = True

    @classmethod
    def open(cls, given: Any, name: str, task: str = "") -> Frame:
        """Return the columns of a frame.

        Args:
            given: the frame, or a mapping from names to values.
            name: for sentences.
            task: the name of a column that may be the index of a pandas frame.

        Raises:
            TableError: two columns have one name, or the frame is lazy.
        """
        if isinstance(given, Mapping):
            return cls(name, *_named({str(key): values for key, values in given.items()}, name))
        narwhals = load("narwhals")
        index = getattr(getattr(given, "index", None), "name", None)
        if task and index == task and task not in given.columns:
            given = given.reset_index()
        try:
            frame = narwhals.from_native(given)
            names = [str(each) for each in frame.columns]
        except Exception as error:
            raise TableError(f"{name} cannot be read as a data frame: {str(error).splitlines()[0]}") from None
        if isinstance(frame, narwhals.LazyFrame):
            raise TableError(f"{name} is a lazy frame: give what its collect() returns")
        twice = [each for each in names if names.count(each) > 1]
        if twice:
            raise TableError(f"{name}: two columns have the name '{twice[0]}', but each needs its own")
        return cls(name, *_named(dict(zip(names, frame.iter_columns(), strict=True)), name))

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        """Yield all rows as one table of Arrow.

        Raises:
            TableError: the values of a column are of several types.
        """
        arrow = load("pyarrow")
        names = [name for name in self.series if name in columns]
        found = [as_arrow(self.series[name], self.name, name) for name in names]
        lengths = {len(each) for each in found}
        if len(lengths) > 1:
            raise TableError(f"{self.name}: columns have {' and '.join(map(str, sorted(lengths)))} values")
        if lengths - {0}:
            yield from arrow.table(dict(zip(names, found, strict=True))).to_batches()

    def number(self, index: int) -> int:
        """Return the number of a row as a person counts, from 1 on."""
        return index + 1


def _named(series: Mapping[str, Any], frame: str) -> tuple[tuple[str, ...], Mapping[str, Any], tuple[str, ...]]:
    """Return the columns that have a name, they and their values, and a note on those without."""
    found = {name: values for name, values in series.items() if name}
    notes = () if len(found) == len(series) else (f"{frame}: a column has no name and is left out",)
    return tuple(found), found, notes


def is_frame(given: Any) -> bool:
    """Return whether narwhals knows the class of a value, or it is a mapping from names to values."""
    if isinstance(given, Mapping):
        return all(np.ndim(values) == 1 for values in given.values()) and bool(given)
    return load("narwhals.dependencies").is_into_dataframe(given) or hasattr(given, "collect_schema")


def as_arrow(values: Any, table: str, column: str) -> Any:
    """Return the values of a column as an array of Arrow.

    Raises:
        TableError: they are of several types, or of one that is not read.
    """
    arrow = load("pyarrow")
    dtype = getattr(values, "dtype", None)
    try:
        if hasattr(values, "to_arrow"):
            if "Object" not in str(dtype):
                return _plain(values.to_arrow())
            values = values.to_list()
        elif isinstance(values, np.ndarray) and dtype is not None and dtype.kind in "biufUSM":
            return arrow.array(values)
        return objects(list(values), table, column)
    except (arrow.ArrowException, OverflowError, UnicodeError) as error:
        raise TableError(
            f"{table}: the column '{column}' cannot be read, for it must hold numbers, categories, truth values, dates "
            f"or text: {str(error).splitlines()[0]}"
        ) from None


def _plain(array: Any) -> Any:
    """Return categories as an array of their values' type."""
    arrow = load("pyarrow")
    if arrow.types.is_dictionary(array.type):
        # What is declared to be a category stays one, also where its values are numbers.
        return array.cast(array.type.value_type).cast(arrow.string()).dictionary_encode()
    return array


def objects(values: list[Any], table: str, column: str) -> Any:
    """Return Python values as an array of Arrow.

    Raises:
        TableError: there are two kinds of values, or dates with and without a time zone.
    """
    arrow = load("pyarrow")
    kinds: dict[str, int] = {}
    clean = []
    for row, value in enumerate(values):
        value = value.item() if isinstance(value, np.generic) else value
        if is_missing(value):
            clean.append(None)
            continue
        clean.append(value)
        kind = kind_of(value)
        if kind not in kinds and kinds:
            first, where = next(iter(kinds.items()))
            raise TableError(
                f"{table}, row {row + 1}: '{column}' is {value}, {kind}, but in row {where + 1} it is {first}: a "
                "column holds values of one type"
            )
        kinds.setdefault(kind, row)
    if "a date with a time zone" in kinds:
        return arrow.array(clean, arrow.timestamp("us", tz="UTC"))
    return arrow.array(clean)


def is_missing(value: Any) -> bool:
    """Return whether a value stands for a missing one, such as None, NaN or NaT."""
    if value is None or type(value).__name__ == "NAType":
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError, ArithmeticError):  # of a signaling NaN
        return False


def kind_of(value: Any) -> str:
    """Return what a value is, in words."""
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, str):
        return "text"
    if hasattr(value, "tzinfo") and hasattr(value, "date"):
        return "a date with a time zone" if value.tzinfo else "a date"
    if hasattr(value, "isoformat"):
        return "a date"
    if hasattr(value, "__float__"):
        return "a number"
    return f"of the type {type(value).__name__}"
