"""The means that all intervals of a report can be made from again: `seed-means.csv` and `task-means.csv`."""

from collections.abc import Iterator
from pathlib import Path

from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.tables import csv_text
from hypermaml.report.results import Cell, Results, Scores
from hypermaml.report.statistics.crossed import design

BY_SEED, BY_TASK = "seed-means.csv", "task-means.csv"
_MOST = 100_000  # rows of means by task


def write_means(folder: Path, results: Results) -> None:
    """Write the mean of each cell, seed and inner step, and where seeds share tasks also of each task.

    The second file is left out where no tasks are shared, or where it would have more than 100,000 rows.
    """
    rows = [
        (*cell, seed, len(scores.tasks), step, f"{value:.9g}")
        for cell, scores in results.cells.items()
        for seed, values in zip(scores.seeds, scores.values.mean(axis=1), strict=True)
        for step, value in enumerate(values)
    ]
    write_atomic(folder / BY_SEED, csv_text((*Cell._fields, "seed", "n_tasks", "inner_step", "mean"), rows))
    by_task = [row for cell, scores in results.cells.items() for row in _of_tasks(cell, scores)]
    if 0 < len(by_task) <= _MOST:
        columns = (*Cell._fields, "seed", "identity", "share", "inner_step", "mean")
        write_atomic(folder / BY_TASK, csv_text(columns, by_task))
    else:
        (folder / BY_TASK).unlink(missing_ok=True)


def _of_tasks(cell: Cell, scores: Scores) -> Iterator[tuple]:
    """Yield the mean of each seed on each task, with the task's share of the seed's scores; none where none is shared.

    Equal numbers of `identity` are the same task.
    """
    if scores.identity is None or not design(scores.identity).shared:
        return
    known = design(scores.identity)
    for step in range(scores.values.shape[-1]):
        means = known.means(scores.values[..., step])
        for place, seed in enumerate(scores.seeds):
            for task in known.present[place].nonzero()[0]:
                mean = f"{means[place, task]:.9g}"
                yield *cell, seed, int(known.tasks[task]), f"{known.weights[place, task]:.6g}", step, mean
