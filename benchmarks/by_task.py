"""Which differences hold when it is tasks that are drawn again, and not each seed's tasks anew?

A report takes the tasks of different seeds for independent draws. Where a split is a list of a few tasks, all seeds are
tested on the same ones, and a difference that a single task makes comes in every seed. `python benchmarks/by_task.py
RUN ...` draws seeds and named tasks again, each by itself, so that a task weighs the same in all seeds, and puts the
interval of that beside the report's. It prints what is clear of zero in one of the two, writes all of it to
`benchmarks/results/by_task.json` (not with `--quick`), and ends with one JSON object of the counts.

A run is one of `hypermaml compare` in a family whose tasks have an `index` in a list.

Reference: Owen (2007), The pigeonhole bootstrap, Annals of Applied Statistics 1(2).
"""

import argparse
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Float, Int

from hypermaml.cli.runs import load
from hypermaml.report import load_run
from hypermaml.report.results import Cell, Results
from hypermaml.report.statistics import LEVEL, RESAMPLES, Row, descriptor_differences, differences
from hypermaml.run.environment import environment

RECORD = Path("benchmarks/results/by_task.json")
METRIC, DIGITS = "loss", 4


def by_task(
    values: Float[np.ndarray, "seeds tasks"], names: Int[np.ndarray, "seeds tasks"], resamples: int = RESAMPLES
) -> tuple[float, float]:
    """The middle 95% of the means over drawn seeds and drawn tasks.

    Args:
        values: finite.
        names: which task each of them is of.
        resamples: how many.
    """
    seeds, known = len(values), np.unique(names)
    rng = np.random.default_rng(0)
    of_seeds = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=resamples)
    of_tasks = rng.multinomial(len(known), np.full(len(known), 1 / len(known)), size=resamples)
    weights = of_seeds[:, :, None] * of_tasks[:, np.searchsorted(known, names)]
    totals = weights.sum(axis=(1, 2))
    means = (weights * values).sum(axis=(1, 2))[totals > 0] / totals[totals > 0]
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def pairs(results: Results) -> Iterator[tuple[Row, str, Cell]]:
    """The report's differences, each pair of methods once, with what is subtracted, in words and as its cell."""
    descriptors, methods = results.values("descriptor"), results.values("method")
    for row in differences(results):
        if row.cell.descriptor == descriptors[0] and methods.index(row.reference) < methods.index(row.cell.method):
            yield row, row.reference, row.cell._replace(method=row.reference)
    for row in descriptor_differences(results):
        yield row, f"its own with descriptor {row.reference}", row.cell._replace(descriptor=row.reference)


def measure(path: str) -> Iterator[dict[str, Any]]:
    """The differences of a run, each with both intervals."""
    folder, comparison = load(path)
    results = load_run(folder.path)
    drawn = {training_run.seed: training_run for training_run in comparison.training_runs()}

    @functools.cache
    def names(split: str) -> np.ndarray:
        return np.stack([training_run.tasks(split).index for training_run in drawn.values()])

    for row, minus, reference in pairs(results):
        if row.cell.metric == METRIC and np.isfinite(row.estimate.mean):
            left, right = (results.cells[cell].values[..., row.inner_step] for cell in (row.cell, reference))
            tasks = names(cast(str, row.cell.split))
            yield {
                "run": path,
                "split": row.cell.split,
                "schedule": row.cell.variant == results.main,
                "method": row.cell.method,
                "minus": minus,
                "step": row.inner_step,
                "mean": round(row.estimate.mean, DIGITS),
                "interval": [round(end, DIGITS) for end in (row.estimate.low, row.estimate.high)],
                "by_task": [round(end, DIGITS) for end in by_task(left - right, tasks)],
                "tasks": len(np.unique(tasks)),
            }


def clear(interval: list[float]) -> bool:
    """Whether zero is outside."""
    return interval[0] > 0 or interval[1] < 0


def main() -> None:
    """Judges the runs, and keeps what it finds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="a folder of hypermaml compare")
    parser.add_argument("--quick", action="store_true", help="leaves no record")
    given, made_by = parser.parse_args(), environment()
    rows = [row for path in given.runs for row in measure(path)]
    for row in rows:
        plain, named = clear(row["interval"]), clear(row["by_task"])
        if plain or named:
            spans = ", ".join("[{:.3f}, {:.3f}]".format(*row[way]) for way in ("interval", "by_task"))
            told = "both" if plain and named else "by task alone" if named else "not by task"
            what = (
                f"{row['method']} minus {row['minus']}, step {row['step']}{'' if row['schedule'] else ', no schedule'}"
            )
            print(f"{row['run']} {row['split']}: {what}: {row['mean']:.3f} {spans}: {told}")
    counts = {way: sum(clear(row[way]) for row in rows) for way in ("interval", "by_task")}
    counts |= {"both": sum(clear(row["interval"]) and clear(row["by_task"]) for row in rows), "differences": len(rows)}
    if not given.quick:
        kept = {"environment": made_by, **counts, "rows": rows}
        RECORD.write_text(json.dumps(kept) + "\n", encoding="utf-8")
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
