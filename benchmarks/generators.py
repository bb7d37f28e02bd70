"""Generators of several sizes on one family: what each costs in parameters and gives after each inner step.

`python benchmarks/generators.py [sine | navigation] [--quick]` compares them with the amplitude (one coordinate of the
goal) as the description, the budget of `hypermaml compare FAMILY` and two seeds, in `runs/generators-FAMILY`, where it
goes on if it was cut, and writes `benchmarks/results/generators_FAMILY.json` (`--quick` writes nothing and has a folder
of its own that it deletes); the last line is one JSON object: for each generator the trained parameters, the mean score
after each inner step with its interval, and its difference from the dense generator after one step, paired.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from by_family import record

from hypermaml.compare.compare import Comparison, compare
from hypermaml.experiments.experiment import Budget, Experiment
from hypermaml.experiments.navigation import NavigationExperiment
from hypermaml.experiments.sine import SineExperiment
from hypermaml.report import load_results
from hypermaml.report.run import report_run
from hypermaml.report.statistics import Estimate, differences, summarize

FAMILIES: dict[str, type[Experiment]] = {"sine": SineExperiment, "navigation": NavigationExperiment}
DENSE, SEEDS = "hypermaml", 2
KINDS: dict[str, dict[str, Any]] = {
    DENSE: {},
    "low_rank": {"generator": "low_rank"},
    "chunked": {"generator": "chunked", "compact_width": 64},
    "low_rank_1_48": {"generator": "low_rank", "compact_width": 48, "generator_rank": 1},
    "chunked_32": {"generator": "chunked"},
}
TINY = Budget(iterations=2, meta_batch=2, chunk=2, validation_tasks=2, test_tasks=2)


def told(estimate: Estimate) -> dict[str, float]:
    """Mean and interval."""
    return {"mean": estimate.mean, "low": estimate.low, "high": estimate.high}


def measure(family: str, folder: Path, budget: Budget | None, seeds: int) -> dict[str, dict[str, Any]]:
    """Parameters, scores and differences, by generator; MAML's beside them."""
    experiment = FAMILIES[family]()
    tuned = experiment.settings(["partial"])
    methods = {"maml": tuned["maml"]} | {name: replace(tuned[DENSE], **kind) for name, kind in KINDS.items()}
    seen = budget or experiment.presets["quick"]
    comparison = Comparison(experiment, methods, seen, list(range(seeds)), ["partial"])
    compare(comparison, folder, resume=True, report=print, finish=report_run)
    results = load_results(folder / "results.csv")
    found: dict[str, dict[str, Any]] = {}
    for name in methods:
        path = folder / "units" / comparison.unit(name, "partial", 0).name / "unit.json"
        found[name] = {"parameters": json.loads(path.read_bytes())["parameters"], "scores": []}
    main = (results.main, results.metric, "meta-test")
    for row in summarize(results):
        if (row.cell.variant, row.cell.metric, row.cell.split) == main:
            found[row.cell.method]["scores"].append(told(row.estimate))
    for row in differences(results, reference=DENSE):
        if (row.cell.variant, row.cell.metric, row.cell.split) == main and row.inner_step == 1:
            found[row.cell.method]["minus dense after one step"] = told(row.estimate)
    return found


def benchmark(family: str, folder: Path, quick: bool) -> dict[str, dict[str, Any]]:
    """Compares the generators."""
    return measure(family, folder, TINY, 1) if quick else measure(family, folder, None, SEEDS)


if __name__ == "__main__":
    record("generators", __doc__, FAMILIES, benchmark)
