"""Learning curves, and how long each method needs to reach MAML's final score.

A curve is a sequence of records, each a mapping with the keys `descriptor`, `method`, `seed`, `iteration`,
`environment_steps` (0 in supervised families), `inner_step`, `metric` and `value` (mean over meta-validation tasks).
Progress is judged after the first inner step: the test-time schedule is chosen only once a run has ended, so that on
the way there later steps are not yet what will be reported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from hypermaml.report.results import Results

Record = Mapping[str, Any]
JUDGED_STEP = 1


class Curve(NamedTuple):
    """One seed's curve, by rising iteration."""

    iterations: Int[np.ndarray, " points"]
    environment_steps: Int[np.ndarray, " points"]
    values: Float[np.ndarray, " points"]


@dataclass(frozen=True)
class Reach:
    """Iterations and environment steps to a reference's final score, one entry per seed; None where not reached."""

    descriptor: str
    method: str
    target: float  # mean over seeds of the reference's final score
    iterations: tuple[int | None, ...]
    environment_steps: tuple[int | None, ...]


def curves_by_seed(
    records: Sequence[Record], results: Results, *, inner_step: int
) -> dict[tuple[str, str], dict[int, Curve]]:
    """Return the curves of the primary metric at one inner step, by (descriptor, method) and seed, in report order."""
    metric = results.metric
    found: dict[tuple[str, str], dict[int, list[tuple[int, int, float]]]] = {}
    for record in records:
        if record["metric"] == metric and record["inner_step"] == inner_step:
            seeds = found.setdefault((record["descriptor"], record["method"]), {})
            point = int(record["iteration"]), int(record["environment_steps"]), float(record["value"])
            seeds.setdefault(int(record["seed"]), []).append(point)
    known = results.record.descriptors
    methods = results.looks.ordered(method for _, method in found)
    keys = sorted(
        found, key=lambda key: (known.index(key[0]) if key[0] in known else len(known), methods.index(key[1]))
    )
    return {key: {seed: _curve(points) for seed, points in sorted(found[key].items())} for key in keys}


def _curve(points: list[tuple[int, int, float]]) -> Curve:
    iterations, steps, values = zip(*sorted(points, key=lambda point: point[0]), strict=True)
    return Curve(np.array(iterations), np.array(steps), np.array(values, dtype=float))


def mean_curve(seeds: Mapping[int, Curve]) -> tuple[Curve, np.ndarray, np.ndarray]:
    """Return the mean over seeds at the iterations that all seeds have, with the lowest and the highest seed.

    A seed that diverged makes the mean NaN from there on.
    """
    common = sorted(set.intersection(*(set(curve.iterations.tolist()) for curve in seeds.values())))
    kept = [curve.iterations.searchsorted(common) for curve in seeds.values()]
    values = np.stack([curve.values[places] for curve, places in zip(seeds.values(), kept, strict=True)])
    values = np.where(np.isfinite(values), values, np.nan)
    steps = next(iter(seeds.values())).environment_steps[kept[0]]
    return Curve(np.array(common), steps, values.mean(axis=0)), values.min(axis=0), values.max(axis=0)


def reach(records: Sequence[Record], results: Results, *, reference: str = "maml") -> list[Reach]:
    """Return the first point of each seed's curve that is at least as good as the last point of the reference.

    Scores are those after the first inner step on meta-validation tasks. A curve is noisy, so the first passage may be
    early by luck, the reference's own included.

    Args:
        records: The curves; see the module.
        results: Of the same run; its primary metric counts.
        reference: The method whose final score is the target.

    Returns:
        One entry per descriptor and method. Seeds that the reference lacks, or where it diverged, are left out.
    """
    if not records:
        return []
    sign = results.direction(results.metric)
    curves = curves_by_seed(records, results, inner_step=JUDGED_STEP)
    rows = []
    for (descriptor, method), seeds in curves.items():
        finals = {seed: curve.values[-1] for seed, curve in curves.get((descriptor, reference), {}).items()}
        shared = [seed for seed in seeds if np.isfinite(finals.get(seed, np.nan))]
        first = [np.flatnonzero(sign * seeds[seed].values >= sign * finals[seed]) for seed in shared]
        pairs = list(zip(shared, first, strict=True))
        if shared:
            iterations = tuple(int(seeds[seed].iterations[hit[0]]) if hit.size else None for seed, hit in pairs)
            steps = tuple(int(seeds[seed].environment_steps[hit[0]]) if hit.size else None for seed, hit in pairs)
            target = float(np.mean([finals[seed] for seed in shared]))
            rows.append(Reach(descriptor, method, target, iterations, steps))
    return rows
