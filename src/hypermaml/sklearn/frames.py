"""Inputs, targets and descriptions of the user, as data frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals
import numpy as np
import pyarrow


def columns_of(X: Any) -> list[str]:
    """Return the names of the features; of an array x0, x1 and so on.

    Raises:
        ValueError: it is not a table.
    """
    if hasattr(X, "columns"):
        return [str(name) for name in X.columns]
    if np.ndim(X) != 2:
        raise ValueError(f"X has the shape {np.shape(X)}, but it must be a data frame or an array of (row, feature)")
    return [f"x{index}" for index in range(np.shape(X)[1])]


def framed(X: Any) -> Any:
    """Return inputs as a data frame: as they are, or an array with the names of `columns_of`."""
    if hasattr(X, "columns"):
        return X
    values = np.asarray(X)
    return pyarrow.table({name: values[:, index] for index, name in enumerate(columns_of(X))})


def joined(X: Any, y: Any, tasks: Any) -> tuple[Any, str, str]:
    """Return one data frame of inputs, tasks and target, and the names of the latter two.

    Raises:
        ValueError: their numbers of rows differ.
    """
    frame = narwhals.from_native(framed(X), eager_only=True)
    for name, column in {"y": y, "tasks": tasks}.items():
        if np.shape(column) != (len(frame),):
            raise ValueError(f"{name} has the shape {np.shape(column)}, but X has {len(frame)} rows: give one a row")
    names: list[str] = []
    for given, default in ((tasks, "task"), (y, "target")):
        name = getattr(given, "name", None)
        name = name if isinstance(name, str) and name else default
        while name in frame.columns:
            name += "_"
        names.append(name)
        frame = with_column(frame, name, given)
    return frame.to_native(), names[0], names[1]


def with_column(frame: Any, name: str, values: Any) -> Any:
    """Return the frame with one more column."""
    column = narwhals.new_series(name, np.asarray(values), backend=narwhals.get_native_namespace(frame))
    return frame.with_columns(column)


def described(descriptions: Any, name: Any) -> Callable[[Any], Any]:
    """Return a function from a task to its description; to `None` where nothing is described.

    Args:
        descriptions: as in `fit`.
        name: of the column that names the task, where it is not the index.

    Raises:
        ValueError: of the function: the task has no description.
    """
    if descriptions is None:
        return lambda _: None
    frame = narwhals.from_native(descriptions, eager_only=True)
    if name in frame.columns:
        keys, rows = frame[name].to_list(), frame.drop(name).rows(named=True)
    else:
        keys, rows = list(descriptions.index), frame.rows(named=True)
    known = dict(zip(keys, rows, strict=True))

    def of_task(task: Any) -> Any:
        if task not in known:
            raise ValueError(f"descriptions have no row of the task {task!r}")
        return known[task]

    return of_task


def with_index(values: np.ndarray, X: Any) -> Any:
    """Return predictions as a series with the index of a pandas frame, or as they are."""
    frame = narwhals.from_native(X, pass_through=True)
    if not narwhals.dependencies.is_pandas_dataframe(X):
        return values
    series = narwhals.new_series("prediction", values, backend=narwhals.get_native_namespace(frame)).to_native()
    series.index = X.index
    return series
