"""Gymnasium's pendulum with varied mass and length: HyperMAML that is given the mass beside MAML and others.

Every method has the same inner rates to choose from, tried on meta-validation tasks with one seed, and the same
budget. A second start goes on with what a first one left in the folder.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypermaml as hm
from hypermaml._compare.compare import compare
from hypermaml._compare.comparison import Comparison
from hypermaml._compare.training_run import Progress
from hypermaml._compare.tune import tune
from hypermaml.experiments.experiment import Budget
from hypermaml.experiments.given import given_family
from hypermaml.report.comparison import ComparisonResults
from hypermaml.report.run import report_run

VARY = {"m": (0.5, 2.0), "l": (0.5, 1.5)}  # kg, m
RATES = (0.03, 0.3)
TRUST = hm.TRPO(curvature_stride=4)
METHODS: dict[str, hm.MethodConfig] = {
    "random": hm.Random(inner_clip=5.0),
    "maml": hm.MAML(inner_clip=5.0, outer=TRUST),
    "hypermaml": hm.HyperMAML.algorithm_2(inner_clip=5.0, outer=TRUST),
    "conditioned": hm.Conditioned(inner_clip=5.0, outer=TRUST),
    "hypernet": hm.Hypernet(inner_clip=5.0, outer=TRUST),
    "oracle": hm.Oracle(inner_clip=5.0, outer=TRUST),
}
COMPARED = ("random", "maml", "hypermaml", "conditioned", "hypernet")


def experiment_of(quick: bool) -> Any:
    """Return the experiment: the family and what is tuned."""
    shots, queries, horizon = (2, 2, 10) if quick else (5, 10, 60)
    family = hm.GymnasiumFamily(
        "Pendulum-v1", vary=VARY, described=["m"], shots=shots, queries=queries, horizon=horizon, discount=0.98
    )
    own = {"inner_rates": RATES, "settings": lambda self, descriptors=("full",): METHODS}
    return type("Pendulum", (given_family(family, name="pendulum"),), own)()


def shown(progress: Progress) -> None:
    """Print a line of progress."""
    print(f"{progress.name}: {progress.iteration} of {progress.iterations}, {progress.stage}", flush=True)


def main() -> None:
    """Tune, compare, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few short trajectories, one seed")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=COMPARED, help="what is compared")
    parser.add_argument("--seeds", type=int, default=3, help="independent repetitions")
    parser.add_argument("--out", type=Path, default=Path("runs/pendulum"), help="the folder of the run")
    given = parser.parse_args()
    trial = Budget(iterations=20, meta_batch=10, chunk=20, validation_tasks=20, test_tasks=20, steps=1)
    budget = Budget(iterations=50, meta_batch=10, chunk=25, validation_tasks=8, test_tasks=20, steps=3)
    if given.quick:
        trial = Budget(iterations=1, meta_batch=2, chunk=1, validation_tasks=2, test_tasks=2, steps=1)
        budget = replace(trial, iterations=2)
    experiment = experiment_of(given.quick)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    tuning = given.out.with_name(given.out.name + "-tuning.json")
    trials = tune(experiment, list(given.methods), trial, tuning, descriptor="full", report=shown)
    rates = {name: trials["methods"][name]["best"]["inner_lr"] for name in given.methods}
    methods = {name: replace(METHODS[name], inner_lr=rates[name]) for name in given.methods}
    comparison = Comparison(experiment, methods, budget, range(1 if given.quick else given.seeds))
    compare(comparison, given.out, resume=True, report=shown, finish=report_run)
    run = ComparisonResults(given.out)
    print(run.table())
    figures: dict[str, Any] = {"inner_rates": rates, "hypermaml_minus": {}}
    for other in given.methods:
        if other == "hypermaml" or "hypermaml" not in given.methods:
            continue
        found = [run.difference("hypermaml", other, step=step) for step in range(budget.steps + 1)]
        figures["hypermaml_minus"][other] = [[round(x, 2) for x in (each.mean, each.low, each.high)] for each in found]
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
