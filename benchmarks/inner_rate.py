"""What the inner rate buys: MAML and HyperMAML on navigation, the goal as description, over four inner rates.

Tuning picks one rate by the mean score over inner steps 1 to 3. This shows what the other rates would have given, step
0 included, with the budget, the test-time schedule and the statistics of `hypermaml compare navigation --preset paper`.

`python benchmarks/inner_rate.py [--quick]` trains in `runs/inner-rate`, goes on there if it was cut, and writes
`benchmarks/results/inner_rate.json` and `.png` (`--quick` writes neither and has a folder of its own that it deletes);
the last line is one JSON object: for each method and rate the mean return after each inner step, with its interval.
"""

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from matplotlib import colormaps, rc_context

from hypermaml._compare.compare import Comparison, compare
from hypermaml.experiments.experiment import Budget
from hypermaml.experiments.navigation import NavigationExperiment
from hypermaml.report import load_run
from hypermaml.report.plots.scale import fit_scale
from hypermaml.report.plots.style import SETTINGS, grid
from hypermaml.report.statistics import summarize

METHODS, RATES, SEEDS = ("maml", "hypermaml"), (0.05, 0.1, 0.2, 0.5), 2
TINY = Budget(iterations=2, meta_batch=2, chunk=2, validation_tasks=2, test_tasks=2)
RESULTS = Path(__file__).parent / "results"


def measure(folder: Path, budget: Budget, seeds: int) -> dict[str, list[dict[str, float]]]:
    """Mean and interval after each inner step, by `METHOD-RATE`."""
    experiment = NavigationExperiment()
    settings = experiment.settings()
    trials = {f"{name}-{rate:g}": replace(settings[name], inner_lr=rate) for name in METHODS for rate in RATES}
    compare(Comparison(experiment, trials, budget, range(seeds)), folder, resume=True, report=print)
    results = load_run(folder)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in trials}
    for row in summarize(results):
        if (row.cell.variant, row.cell.metric, row.cell.split) == (results.main, results.metric, "meta-test"):
            estimate = row.estimate
            found[row.cell.method].append({"mean": estimate.mean, "low": estimate.low, "high": estimate.high})
    return found


def draw(found: dict[str, list[dict[str, float]]]) -> None:
    """A panel for each method, a line for each rate."""
    scale = fit_scale("return", 1, [step["mean"] for steps in found.values() for step in steps])
    with rc_context(SETTINGS):
        figure, panels = grid(1, len(METHODS), width=4.5, height=3.2, share=True)
        for name, axes in zip(METHODS, panels[0], strict=True):
            scale.apply(axes)
            axes.set(xlabel="inner step", title=name)
            for index, rate in enumerate(RATES):
                steps, color = found[f"{name}-{rate:g}"], colormaps["viridis"](index / len(RATES))
                axes.plot([step["mean"] for step in steps], "o-", color=color, label=f"inner rate {rate:g}")
                axes.fill_between(
                    range(len(steps)),
                    [step["low"] for step in steps],
                    [step["high"] for step in steps],
                    color=color,
                    alpha=0.15,
                    linewidth=0,
                )
            axes.set_xticks(range(4))
        panels[0][0].set_ylabel(scale.label)
        handles, labels = panels[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(RATES))
        figure.savefig(RESULTS / "inner_rate.png", dpi=150, metadata={"Software": None})


def main() -> None:
    """Run all rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two iterations, two tasks, one seed")
    found: dict[str, Any]
    if parser.parse_args().quick:
        with tempfile.TemporaryDirectory() as scratch:
            found = measure(Path(scratch, "run"), TINY, 1)
    else:
        found = measure(Path("runs/inner-rate"), NavigationExperiment.presets["paper"], SEEDS)
        (RESULTS / "inner_rate.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        draw(found)
    print(json.dumps({"inner_rate": found}))


if __name__ == "__main__":
    main()
