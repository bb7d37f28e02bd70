"""Write embeddings and distances of tasks into files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.tables import csv_text
from hypermaml.task_embeddings.measures import Correlation, Neighbors, neighbors, rank_correlation

COLUMNS = ("task", "group", "nearest", "distance")


@dataclass(frozen=True)
class Embedded:
    """The embeddings of a set of tasks, and the distances between them.

    Attributes:
        rows: the embedding of each task.
        distances: of each pair.
        groups: of each task, or `None`.
        starts: distances between the initializations generated for them, or `None`.
        unseen: whether each task is of a split that no training sees; `None` where all are of one split.
        titles: name of each task; its number where tasks have no names.
        group_names: name of each group, where groups have names.
    """

    rows: Float[np.ndarray, "task entry"]
    distances: Float[np.ndarray, "task task"]
    groups: Int[np.ndarray, " task"] | None = None
    starts: Float[np.ndarray, "task task"] | None = None
    unseen: Bool[np.ndarray, " task"] | None = None
    titles: Sequence[str] = ()
    group_names: Sequence[str] = ()

    def neighbors(self) -> Neighbors | None:
        """Compute how often the nearest task is of the same group; `None` without groups."""
        return None if self.groups is None else neighbors(self.distances, self.groups)

    def correlation(self) -> Correlation | None:
        """Correlate the distances with those of the generated initializations; `None` without these."""
        return None if self.starts is None else rank_correlation(self.distances, self.starts)


def write_table(folder: Path, embedded: Embedded, facts: dict[str, Any]) -> dict[str, Any]:
    """Write `tasks.csv` (nearest tasks and embeddings), `distances.csv` and, last, `embeddings.json`.

    Args:
        folder: exists.
        embedded: the tasks.
        facts: further entries of the JSON file, such as family, embedder and seed.

    Returns:
        The contents of the JSON file.
    """
    masked = np.where(np.eye(len(embedded.rows), dtype=bool), np.inf, embedded.distances)
    nearest = np.argmin(masked, axis=1)
    groups = [""] * len(nearest) if embedded.groups is None else embedded.groups.tolist()
    if embedded.group_names and embedded.groups is not None:
        groups = [embedded.group_names[group] for group in embedded.groups]
    names = list(embedded.titles) or [str(task) for task in range(len(nearest))]
    entries = [f"entry_{index}" for index in range(embedded.rows.shape[1])]
    lines = [
        (
            names[task],
            groups[task],
            names[near],
            f"{masked[task, near]:.6g}",
            *(f"{value:.6g}" for value in embedded.rows[task]),
        )
        for task, near in enumerate(nearest.tolist())
    ]
    write_atomic(folder / "tasks.csv", csv_text((*COLUMNS, *entries), lines))
    square = [(name, *(f"{value:.6g}" for value in row)) for name, row in zip(names, embedded.distances, strict=True)]
    write_atomic(folder / "distances.csv", csv_text(("task", *names), square))
    near, correlation = embedded.neighbors(), embedded.correlation()
    found = facts | {
        "tasks": len(nearest),
        "entries": len(entries),
        "neighbors": None if near is None else asdict(near),
        "correlation with generated initializations": None if correlation is None else asdict(correlation),
    }
    write_atomic(folder / "embeddings.json", json.dumps(found, indent=1, allow_nan=False) + "\n")
    return found
