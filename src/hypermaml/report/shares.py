"""How much of the way to the oracle a method goes: from doing nothing, or else from a random initialization."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from hypermaml.report.results import Results, Scores
from hypermaml.report.statistics import LEVEL, Estimate, Row, resample_weights
from hypermaml.report.tables import Table, describe

Floors = Mapping[str, Mapping[tuple[int, int], float]]


def shares(results: Results, floors: Floors) -> list[Row]:
    """For each cell and inner step: (method - floor) / (oracle at its last step - floor), with its bootstrap interval.

    Numerator and denominator are means over the same resampled seeds and tasks; 100 is the oracle, 0 the floor: doing
    nothing, or the random initialization before any step where no one knows what that scores.

    Args:
        results: The scores, the oracle's among them.
        floors: For each split the score of doing nothing, by seed and task.

    Returns:
        Nothing for cells without an oracle, without a floor, or with a score that is not finite; nor where the interval
        of the oracle's gain over the floor holds zero, since it is then no upper end.
    """
    rows = []
    for cell, scores in results.cells.items():
        oracle = results.cells.get(cell._replace(method="oracle"))
        floor = _floor(scores, floors.get(cell.split, {}))
        if floor is None:
            floor = _untrained(scores, results.cells.get(cell._replace(method="random")))
        if oracle is None or floor is None or (oracle.seeds, oracle.tasks) != (scores.seeds, scores.tasks):
            continue
        best = oracle.values[..., -1] - floor
        if not _apart(best):
            continue
        for step in range(scores.values.shape[-1]):
            gained = scores.values[..., step] - floor
            if np.isfinite(gained).all() and np.isfinite(best).all():
                rows.append(Row(cell, step, _ratio(gained, best)))
    return rows


def share_tables(results: Results, rows: list[Row]) -> list[Table]:
    """One table per variant, descriptor and split: methods down, inner steps across, in percent."""
    tables: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for row in rows:
        lines = tables.setdefault((row.cell.split, row.cell.descriptor, row.cell.variant), {})
        lines.setdefault(row.cell.method, []).append(describe(row.estimate, interval=True))
    content = []
    for (split, descriptor, variant), lines in tables.items():
        extra = results.extra(variant)
        title = f"share of the way to the oracle, % · {split} · descriptor {descriptor}{f' · {extra}' if extra else ''}"
        steps = max(map(len, lines.values()))
        headers = ("method", *(f"step {step}" for step in range(steps)))
        padded = tuple((method, *texts, *[""] * (steps - len(texts))) for method, texts in lines.items())
        content.append(Table(title, headers, padded))
    return content


def _floor(scores: Scores, floors: Mapping[tuple[int, int], float]) -> Float[np.ndarray, "seeds tasks"] | None:
    pairs = [[(seed, task) for task in scores.tasks] for seed in scores.seeds]
    if any(pair not in floors for line in pairs for pair in line):
        return None
    return np.array([[floors[pair] for pair in line] for line in pairs])


def _untrained(scores: Scores, random: Scores | None) -> Float[np.ndarray, "seeds tasks"] | None:
    if random is None or (random.seeds, random.tasks) != (scores.seeds, scores.tasks):
        return None
    return random.values[..., 0]


def _apart(gain: Float[np.ndarray, "seeds tasks"]) -> bool:
    """Whether the interval of the mean gain is clear of zero."""
    weights = resample_weights(*gain.shape)
    low, high = np.quantile(weights @ gain.reshape(-1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return bool(low > 0 or high < 0)


def _ratio(gained: Float[np.ndarray, "seeds tasks"], best: Float[np.ndarray, "seeds tasks"]) -> Estimate:
    seeds, tasks = gained.shape
    weights = resample_weights(seeds, tasks)
    ratios = 100 * (weights @ gained.reshape(-1)) / (weights @ best.reshape(-1))
    low, high = np.quantile(ratios, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(100 * gained.mean() / best.mean()), float(low), float(high), seeds, tasks)
