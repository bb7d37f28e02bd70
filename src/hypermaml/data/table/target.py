"""The target of a table: a number, or a class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hypermaml.data.table.column import HUGE, Column, Table, TableError, listed
from hypermaml.data.table.convert import WANTED
from hypermaml.data.table.encode import spread

MOST = 100  # classes


@dataclass(frozen=True)
class Target:
    """What the rows of a task predict.

    Attributes:
        name: of the column.
        classes: as the user wrote them; none where the target is a number.
        mean: over meta-training; 0 where the target is not standardized.
        deviation: over meta-training; 1 where the target is not standardized.
    """

    name: str
    classes: tuple[Any, ...] = ()
    mean: float = 0.0
    deviation: float = 1.0

    def standardized(self, values: np.ndarray) -> np.ndarray:
        """Return the values as the model predicts them; classes are as they are."""
        return values if self.classes else (values - self.mean) / self.deviation

    def describe(self) -> str:
        """Return what becomes of the target, in words."""
        if self.classes:
            return f"{len(self.classes)} classes: {listed(list(map(str, self.classes)), 6)}"
        return f"a number, mean {self.mean:.4g}, deviation {self.deviation:.4g}"

    def fitted(self, values: np.ndarray) -> Target:
        """Return the target with the mean and the deviation of meta-training."""
        mean = float(values.mean())
        return replace(self, mean=mean, deviation=spread(mean, float(values.std())))


def read_target(table: Table, name: str, classification: bool | None) -> tuple[Target, np.ndarray, tuple[str, ...]]:
    """Return the target, its value or class in each row, and notes.

    Args:
        table: the rows.
        name: of the column.
        classification: whether values are classes; by default names and truth values are, and numbers are not.

    Raises:
        TableError: a value is missing, not finite, or text where numbers are asked for.
    """
    column = table.columns[name]
    missing = np.flatnonzero(column.missing)
    if len(missing):
        raise TableError(f"{table.place(missing[0])}: the target '{name}' is missing, but each row needs one")
    if column.kind == "date":
        raise TableError(f"{table.name}: the target '{name}' is a date, but it must be a number or a class")
    if column.coded:
        check_text(table, column, classification)
    if not column.coded:
        infinite = np.flatnonzero(~(np.abs(column.values) <= HUGE))
        if len(infinite):
            beyond = f"beyond {HUGE:g}" if np.isfinite(column.values[infinite[0]]) else "not finite"
            raise TableError(f"{table.place(infinite[0])}: the target '{name}' is {beyond}")
    if column.kind == "number" and not classification:
        notes = ()
        if classification is None and len(values := np.unique(column.values)) == 2 and (values == [0, 1]).all():
            notes = (f"the target '{name}' is 0 or 1 and is read as a number; classification=True makes it a class",)
        return Target(name), column.values, notes
    if column.kind == "boolean" and classification is False:
        return Target(name), column.values, ()
    return classes_of(table, column)


def check_text(table: Table, column: Column, classification: bool | None) -> None:
    """Check that a target in words may be classes.

    Raises:
        TableError: a number is asked for, most values are numbers, or there are too many different values.
    """
    numeric = np.array([is_number(level) for level in column.levels])
    odd = ~numeric[column.values]
    wanted = f"but it must be {WANTED['number']}"
    if classification is False or (classification is None and not odd.all() and odd.mean() <= 0.5):
        row = int(np.flatnonzero(odd)[0]) if odd.any() else 0
        dtype = "" if odd.any() else f": convert '{column.name}' to numbers"
        raise TableError(f"{table.place(row)}: the target '{column.name}' is '{column.shown(row)}', {wanted}{dtype}")
    if column.kind == "text" or (len(column.levels) > MOST and classification is None):
        raise TableError(
            f"{table.place(0)}: the target '{column.name}' is text ('{column.shown(0)[:40]}') with "
            f"{len(column.levels):,} different values, but it must be a number or one of at most {MOST} classes"
        )


def classes_of(table: Table, column: Column) -> tuple[Target, np.ndarray, tuple[str, ...]]:
    """Return a target with classes.

    Raises:
        TableError: there is one class alone, or too many.
    """
    if column.coded:
        used = np.unique(column.values)
        classes: tuple[Any, ...] = tuple(column.levels[code] for code in used)
    else:
        used = np.unique(column.values)
        whole = bool((used == np.round(used)).all())
        classes = tuple((int(value) if whole else float(value)) for value in used)
        classes = (False, True) if column.kind == "boolean" and len(used) == 2 else classes
    if not 2 <= len(classes) <= MOST:
        have = f"one class, {classes[0]}" if len(classes) == 1 else f"{len(classes):,} different values"
        raise TableError(
            f"{table.name}: the target '{column.name}' has {have}, but a classification has from 2 to {MOST} classes"
        )
    return Target(column.name, classes), np.searchsorted(used, column.values), ()


def is_number(level: str) -> bool:
    """Return whether a text is a number, with a point or a comma."""
    try:
        float(level.replace(",", "."))
    except ValueError:
        return False
    return True
