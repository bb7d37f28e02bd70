"""The report of a run folder: from what its training runs left to tables, plots and the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.records import budgets, floors, gather, learning_curves, references, traces
from hypermaml.report.results import load_results
from hypermaml.report.write import write_report
from hypermaml.run.folder import RunFolder, read_json


def report_run(comparison: Comparison, run: RunFolder) -> list[str]:
    """Writes `results.csv` and the report from all finished training runs; `summary.json` only if none is missing.

    Args:
        comparison: what the run compares.
        run: its folder, locked.

    Returns:
        The names of the training runs that are not finished.

    Raises:
        ValueError: no training run is finished.
    """
    trainings = [training.name for training in comparison.training_runs()]
    missing = [name for name in trainings if not run.finished(name)]
    if len(missing) == len(trainings):
        raise ValueError(f"{run.path} holds no finished training run yet, so there is nothing to report")
    # All is read, and found to be whole, before anything is written.
    found: dict[str, Any] = {
        "curves": learning_curves(comparison, run),
        "traces": traces(comparison, run),
        "floors": floors(comparison),
        "references": references(comparison),
        "environment": environment_of(run),
        "budgets": budgets(comparison, run),
        "tuning": _tuning(comparison),
    }
    gather(comparison, run)
    results = load_results(run.path / "results.csv")
    write_report(run.path, results=results, config=comparison.config(), finished=not missing, **found)
    return missing


def environment_of(run: RunFolder) -> dict[str, Any]:
    """The record of the first start, and how many there were."""
    path = run.path / "environment.json"
    starts = read_json(path) if path.exists() else []
    return {**starts[0], "starts": len(starts)} if starts else {}


def _tuning(comparison: Comparison) -> Mapping[str, Mapping[str, Any]]:
    """The rates of each method and the grid that its rates are tuned on; methods of the experiment alone have one."""
    table = {}
    for name in comparison.names:
        if name in comparison.experiment.settings():
            settings = comparison.methods[name]
            trials = comparison.experiment.grid(name)
            table[name] = {
                "inner rate": settings.inner_lr,
                "inner rates of the grid": _values(trial.inner_lr for trial in trials),
                "outer rate": settings.outer_lr if settings.has_outer_lr else "",
                "outer rates of the grid": _values(t.outer_lr for t in trials) if settings.has_outer_lr else "",
                "trials": len(trials),
            }
    return table


def _values(rates: Any) -> str:
    return ", ".join(f"{rate:g}" for rate in sorted(set(rates)))
