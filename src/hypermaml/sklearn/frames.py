"""Inputs, targets and descriptions of the user, as data frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals
import numpy as np
import pyarrow
from sklearn.utils import column_or_1d
from sklearn.utils.validation import validate_data


def checked(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Return inputs after the checks of scikit-learn: the features of a frame; shape and type of an array.

    Args:
        estimator: notes the features, or has noted them.
        X: the inputs; a value may be missing.
        reset: whether the features are noted.

    Raises:
        ValueError: the features differ, or the array is not one of numbers.
        TypeError: the array is sparse.
    """
    if hasattr(X, "columns"):
        validate_data(estimator, X, skip_check_array=True, reset=reset)
        return X
    return validate_data(estimator, X, dtype="numeric", ensure_all_finite="allow-nan", reset=reset)


def column(estimator: Any, y: Any) -> Any:
    """Return a target with one entry for each row, as scikit-learn checks it.

    Raises:
        ValueError: there is none, or it has another shape.
    """
    if y is None:
        raise ValueError(f"{type(estimator).__name__} requires y to be passed, but the target y is None")
    return y if getattr(y, "ndim", 0) == 1 else column_or_1d(y, warn=True)


def columns_of(estimator: Any) -> list[str]:
    """Return the names of the features; x0, x1 and so on where the estimator was fitted to features without names.

    Args:
        estimator: has noted the features.
    """
    if hasattr(estimator, "feature_names_in_"):
        return estimator.feature_names_in_.tolist()
    return [f"x{index}" for index in range(estimator.n_features_in_)]


def framed(estimator: Any, X: Any) -> Any:
    """Return checked inputs as a data frame with the names of `columns_of`."""
    names = columns_of(estimator)
    if not hasattr(X, "columns"):
        return pyarrow.table({name: np.asarray(X)[:, index] for index, name in enumerate(names)})
    if list(X.columns) == names:
        return X
    if narwhals.dependencies.is_pandas_dataframe(X):  # the one whose names may be numbers
        return X.set_axis(names, axis=1)
    frame = narwhals.from_native(X, eager_only=True)
    return frame.rename(dict(zip(frame.columns, names, strict=True))).to_native()


def joined(estimator: Any, X: Any, y: Any, tasks: Any) -> tuple[Any, str, str]:
    """Return one data frame of inputs, tasks and target, and the names of the latter two.

    Raises:
        ValueError: their numbers of rows differ.
    """
    frame = narwhals.from_native(framed(estimator, X), eager_only=True)
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


def named_descriptions(descriptions: Any, tasks: Any, task: str) -> Any:
    """Return the descriptions as a data frame with a column of this name that names the task; `None` for none.

    Args:
        descriptions: as in `fit`.
        tasks: of the rows; the column with its name, or else the index, names the task of a description.
        task: the name of the column.

    Raises:
        ValueError: nothing names the tasks.
    """
    if descriptions is None:
        return None
    frame = narwhals.from_native(descriptions, eager_only=True)
    own = next((name for name in (getattr(tasks, "name", None), task) if name in frame.columns), None)
    if own is not None:
        return frame.rename({own: task}).to_native()
    if not narwhals.dependencies.is_pandas_dataframe(descriptions):
        have = ", ".join(frame.columns)
        raise ValueError(f"descriptions need a column '{task}' that names the task, but have {have}")
    return descriptions.rename_axis(task).reset_index()


def described(descriptions: Any, tasks: Any) -> Callable[[Any], Any]:
    """Return a function from a task to its description; to `None` where nothing is described.

    Args:
        descriptions: as in `fit`.
        tasks: of the rows.

    Raises:
        ValueError: nothing names the tasks; of the function: the task has no description.
    """
    if descriptions is None:
        return lambda _: None
    frame = narwhals.from_native(named_descriptions(descriptions, tasks, "task"), eager_only=True)
    known = dict(zip(frame["task"].to_list(), frame.drop("task").rows(named=True), strict=True))

    def of_task(task: Any) -> Any:
        if task not in known:
            raise ValueError(f"descriptions have no row of the task {task!r}")
        return known[task]

    return of_task


def words(y: Any) -> bool:
    """Return whether classes are words, which may look like numbers."""
    return np.asarray(y).dtype.kind in "OUST" and all(isinstance(value, str) for value in np.asarray(y).tolist())


def with_index(values: np.ndarray, X: Any) -> Any:
    """Return predictions as a series with the index of a pandas frame, or as they are."""
    frame = narwhals.from_native(X, pass_through=True)
    if not narwhals.dependencies.is_pandas_dataframe(X):
        return values
    series = narwhals.new_series("prediction", values, backend=narwhals.get_native_namespace(frame)).to_native()
    series.index = X.index
    return series
