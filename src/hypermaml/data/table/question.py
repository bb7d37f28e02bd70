"""What a user says of the columns of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypermaml.data.table.column import Kind, TableError


@dataclass(frozen=True)
class Question:
    """What is predicted from what; the fields are those of `hypermaml.TableFamily`.

    Attributes:
        task: the column of the tasks' names.
        target: the column that is predicted.
        inputs: columns; `None` for those that vary within tasks.
        described: columns; `None` for those of the table of descriptions, or those that are constant within tasks.
        splits: the names of the tasks of each split, or the column that holds the split; `None` for a seed.
        groups: the column of the groups that stay together; `None` for none.
        classification: whether the target is a class; `None` where its kind says so.
        kinds: of columns whose kind is not to be inferred.
        seed: decides the splits.
        standardize: whether a target that is a number is standardized.
    """

    task: str
    target: str
    inputs: tuple[str, ...] | None = None
    described: tuple[str, ...] | None = None
    splits: Mapping[str, Sequence[Any]] | str | None = None
    groups: str | None = None
    classification: bool | None = None
    kinds: Mapping[str, Kind] | None = None
    seed: int = 0
    standardize: bool = True

    def __post_init__(self):
        for name in ("inputs", "described"):
            for column in getattr(self, name) or ():
                if column in (self.task, self.target):
                    what = "task" if column == self.task else "target"
                    raise TableError(f"{name} names '{column}', but that is the {what}")
        both = set(self.inputs or ()) & set(self.described or ())
        if both:
            raise TableError(f"inputs and described both name '{min(both)}', but a column is one of them")
        if self.task == self.target:
            raise TableError(f"task and target both name '{self.task}', but they are different columns")

    @property
    def split_column(self) -> str | None:
        """The column that holds the splits; `None` where they are given otherwise."""
        return self.splits if isinstance(self.splits, str) else None

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns that hold names for the split of a task."""
        return tuple(name for name in (self.task, self.groups, self.split_column) if name)

    def kinds_of(self, columns: Sequence[str]) -> dict[str, Kind]:
        """Return the given kinds of these columns."""
        return {name: kind for name, kind in (self.kinds or {}).items() if name in columns}
