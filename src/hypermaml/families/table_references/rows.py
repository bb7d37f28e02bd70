"""Rows of several tasks, as arrays of NumPy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int


@dataclass(frozen=True)
class Rows:
    """Rows of several tasks, padded to one length.

    Attributes:
        x: inputs, shape `(task, row, input)`.
        y: a number or a class of each row, shape `(task, row)`.
        mask: whether a row is there, shape `(task, row)`.
        descriptions: numbers of each task, shape `(task, number)`.
    """

    x: Float[np.ndarray, "task row input"]
    y: Float[np.ndarray, "task row"]
    mask: Bool[np.ndarray, "task row"]
    descriptions: Float[np.ndarray, "task number"]

    def __post_init__(self):
        tasks, rows = self.mask.shape
        if self.x.shape[:2] != (tasks, rows) or self.y.shape != (tasks, rows) or len(self.descriptions) != tasks:
            raise ValueError(
                f"inputs, targets, masks and descriptions have the shapes {self.x.shape}, {self.y.shape}, "
                f"{self.mask.shape} and {self.descriptions.shape}, but they must be of the same tasks and rows"
            )

    @property
    def owners(self) -> Int[np.ndarray, " row"]:
        """The task of each row that is there."""
        return np.nonzero(self.mask)[0]

    @property
    def inputs(self) -> Float[np.ndarray, "row input"]:
        """The inputs of all rows that are there, one task after another."""
        return self.x[self.mask]

    @property
    def targets(self) -> Float[np.ndarray, " row"]:
        """The targets of all rows that are there."""
        return self.y[self.mask]

    @property
    def features(self) -> Float[np.ndarray, "row feature"]:
        """The inputs of all rows that are there, each joined with the description of its task."""
        return np.concatenate([self.inputs, self.descriptions[self.owners]], axis=1)

    def task(self, index: int) -> tuple[Float[np.ndarray, "row input"], Float[np.ndarray, " row"]]:
        """Return the inputs and the targets of one task."""
        mask = self.mask[index]
        return self.x[index][mask], self.y[index][mask]


def rows_of(x: Any, y: Any, mask: Any, descriptions: Any) -> Rows:
    """Return rows from arrays whose inputs and targets may have any shape; each becomes numbers along one axis."""
    x, mask = np.asarray(x, float), np.asarray(mask) > 0
    tasks, length = mask.shape
    return Rows(
        x.reshape(tasks, length, -1),
        np.asarray(y, float).reshape(tasks, length),
        mask,
        np.asarray(descriptions, float).reshape(tasks, -1),
    )


@dataclass(frozen=True)
class Scale:
    """The mean and the deviation of columns, which are 1 for constant columns.

    Attributes:
        mean: of each column.
        deviation: of each column.
    """

    mean: Float[np.ndarray, " column"]
    deviation: Float[np.ndarray, " column"]

    @staticmethod
    def of(values: Float[np.ndarray, "row column"]) -> "Scale":
        """Return the scale of these rows."""
        deviation = values.std(axis=0)
        return Scale(values.mean(axis=0), np.where(deviation > 1e-12, deviation, 1.0))

    def __call__(self, values: Float[np.ndarray, "*row column"]) -> Float[np.ndarray, "*row column"]:
        """Return standardized values."""
        return (values - self.mean) / self.deviation


def standardized(train: Rows) -> tuple[Scale, Scale]:
    """Return the scales of the inputs and of the descriptions of these rows."""
    return Scale.of(train.inputs), Scale.of(train.descriptions)


def scaled(rows: Rows, scales: tuple[Scale, Scale]) -> Rows:
    """Return the rows with standardized inputs and descriptions."""
    inputs, descriptions = scales
    return Rows(inputs(rows.x), rows.y, rows.mask, descriptions(rows.descriptions))
