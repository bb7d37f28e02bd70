"""How much of the way to the best a method goes: from doing nothing, or else from a random initialization."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from hypermaml.report.results import Results, Scores
from hypermaml.report.scope import described
from hypermaml.report.statistics import Identity, Row, clear_of_zero, estimate, ratio
from hypermaml.report.tables import Table, describe

Floors = Mapping[str, Mapping[tuple[int, int], float]]


def shares(results: Results, floors: Floors, optima: Floors) -> list[Row]:
    """Return (method - floor) / (best - floor) for each cell and inner step, with its interval.

    Numerator and denominator are means over the same seeds and tasks; 100 is the best, the optimum where it
    is known and else the oracle at its last step; 0 is the floor, doing nothing, or the random initialization before
    any step where no one knows what that scores.

    Args:
        results: The scores, the oracle's among them where no optimum is known.
        floors: For each split the score of doing nothing, by seed and task.
        optima: For each split the best score there can be, by seed and task.

    Returns:
        Nothing for cells without a best, without a floor, or with a score that is not finite; nor where the interval
        of the best's gain over the floor holds zero, since it is then no upper end.
    """
    rows = []
    for cell, scores in results.cells.items():
        floor = _of_tasks(scores, floors.get(cell.split, {}))
        if floor is None:
            floor = _score(scores, results.cells.get(cell._replace(method="random")), 0)
        best = _of_tasks(scores, optima.get(cell.split, {}))
        if best is None:
            best = _score(scores, results.cells.get(cell._replace(method="oracle")), -1)
        if best is None or floor is None or not _apart(best - floor, scores.identity):
            continue
        best = best - floor
        for step in range(scores.values.shape[-1]):
            gained = scores.values[..., step] - floor
            if np.isfinite(gained).all() and np.isfinite(best).all():
                rows.append(Row(cell, step, ratio([100 * gained], [best], scores.identity)))
    return rows


def share_tables(results: Results, rows: list[Row], end: str) -> list[Table]:
    """Return a table per variant, descriptor and split, in percent of the way to `end`."""
    tables: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for row in rows:
        lines = tables.setdefault((row.cell.split, row.cell.descriptor, row.cell.variant), {})
        lines.setdefault(row.cell.method, []).append(describe(row.estimate, interval=True))
    content = []
    for (split, descriptor, variant), lines in tables.items():
        extra = results.extra(variant)
        title = f"share of the way to the {end}, % · {split} · {described(descriptor)}{f' · {extra}' if extra else ''}"
        steps = max(map(len, lines.values()))
        headers = ("method", *(f"step {step}" for step in range(steps)))
        padded = tuple((method, *texts, *[""] * (steps - len(texts))) for method, texts in lines.items())
        content.append(Table(title, headers, padded))
    return content


def _of_tasks(scores: Scores, known: Mapping[tuple[int, int], float]) -> Float[np.ndarray, "seeds tasks"] | None:
    pairs = [[(seed, task) for task in scores.tasks] for seed in scores.seeds]
    if any(pair not in known for line in pairs for pair in line):
        return None
    return np.array([[known[pair] for pair in line] for line in pairs])


def _score(scores: Scores, other: Scores | None, step: int) -> Float[np.ndarray, "seeds tasks"] | None:
    """What another method scores after a step on the same seeds and tasks."""
    if other is None or (other.seeds, other.tasks) != (scores.seeds, scores.tasks):
        return None
    return other.values[..., step]


def _apart(gain: Float[np.ndarray, "seeds tasks"], identity: Identity | None) -> bool:
    """Whether the interval of the mean gain is clear of zero."""
    return clear_of_zero([estimate(gain, identity)])[0]
