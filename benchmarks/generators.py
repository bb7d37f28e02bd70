"""Generators of several sizes on one family: what each costs in parameters and gives after each inner step.

`python benchmarks/generators.py [sine | navigation] [--quick]` tries eight pairs of an outer and an inner rate for
each generator on meta-validation, at the `quick` budget of `hypermaml compare FAMILY`, and compares them at their best,
three seeds, navigation three times as long and with five trajectories a step; the amplitude (one coordinate of the
goal) is the description. It works in `runs/generators-FAMILY`, where it goes on if it was cut, and writes
`benchmarks/results/generators_FAMILY.json` (`--quick` writes nothing and has a folder of its own that it deletes). The
last line is one JSON object: for each generator the trained parameters, the rates, the mean score after each inner step
with its interval, and its difference from the dense generator after one step, paired; MAML's beside them.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from by_family import record

import hypermaml as hm
from hypermaml._compare.compare import Comparison, compare
from hypermaml._compare.tune import tune
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.experiments.navigation import NavigationExperiment
from hypermaml.experiments.sine import SineExperiment
from hypermaml.methods.config import MethodConfig
from hypermaml.report import load_run
from hypermaml.report.run import report_run
from hypermaml.report.statistics import Estimate, differences, summarize

DENSE, SEEDS = "hypermaml", 3
KINDS: dict[str, dict[str, Any]] = {
    DENSE: {},
    "low_rank": {"generator": hm.LowRank()},
    "low_rank_64": {"generator": hm.LowRank(width=64)},
    "chunked": {"generator": hm.Chunked(width=64)},
    "chunked_128": {"generator": hm.Chunked(width=128)},
}
TINY = Budget(iterations=2, meta_batch=2, chunk=2, validation_tasks=2, test_tasks=2)


class Generators(Experiment):
    """A family whose methods are MAML and HyperMAML with each generator."""

    def settings(self, descriptors: Sequence[Descriptor] = ("full",)) -> dict[str, MethodConfig]:
        tuned = super().settings(descriptors)
        return {"maml": tuned["maml"]} | {name: replace(tuned[DENSE], **kind) for name, kind in KINDS.items()}


class OnSine(Generators, SineExperiment):
    """Sine."""


class OnNavigation(Generators, NavigationExperiment):
    """Navigation; the trials reach outer rates beyond the one that the dense generator's chose."""

    outer_rates: ClassVar = (1e-3, 3e-3)


FAMILIES: dict[str, Experiment] = {"sine": OnSine(), "navigation": OnNavigation(shots=5)}
LONGER = {"sine": 1, "navigation": 3}


def told(estimate: Estimate) -> dict[str, float]:
    """Mean and interval."""
    return {"mean": estimate.mean, "low": estimate.low, "high": estimate.high}


def chosen(experiment: Experiment, budget: Budget, out: Path) -> dict[str, MethodConfig]:
    """Each method at the rates of its best trial.

    Raises:
        SystemExit: every trial of one diverged.
    """
    settings = experiment.settings(["partial"])
    trials = tune(
        experiment, list(settings), budget, out, descriptor="partial", report=lambda p: print(p.name, p.iteration)
    )
    best = {name: trials["methods"][name]["best"] for name in settings}
    if failed := [name for name, trial in best.items() if trial is None]:
        raise SystemExit(f"every trial diverged: {', '.join(failed)}")
    return {name: replace(settings[name], **{k: v for k, v in best[name].items() if k != "score"}) for name in settings}


def measure(family: str, folder: Path, budget: Budget, longer: int, seeds: int) -> dict[str, dict[str, Any]]:
    """Parameters, rates, scores and differences, by generator; MAML's beside them."""
    experiment = FAMILIES[family]
    folder.mkdir(parents=True, exist_ok=True)
    methods = chosen(experiment, budget, folder / "trials.json")
    budget = replace(budget, iterations=longer * budget.iterations)
    comparison = Comparison(experiment, methods, budget, list(range(seeds)), ["partial"])
    compare(comparison, folder / "run", resume=True, report=print, finish=report_run)
    results = load_run(folder / "run")
    found: dict[str, dict[str, Any]] = {}
    for name in methods:
        path = folder / "run" / "training-runs" / comparison.planned(name, "partial", 0).name / "training-run.json"
        rates = {"outer_lr": methods[name].outer_lr, "inner_lr": methods[name].inner_lr}
        found[name] = {"parameters": json.loads(path.read_bytes())["parameters"], **rates, "scores": []}
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
    if quick:
        return measure(family, folder, TINY, 1, 1)
    return measure(family, folder, FAMILIES[family].presets["quick"], LONGER[family], SEEDS)


if __name__ == "__main__":
    record("generators", __doc__, FAMILIES, benchmark)
