"""Write the report of a run folder from its files alone: no model is loaded and no family is built."""

from __future__ import annotations

from typing import Any

from hypermaml._compare.records import RecordedRun, budgets, floors, gather, learning_curves, references, traces, tuning
from hypermaml.report.results import load_results
from hypermaml.report.write import write_report
from hypermaml.run.folder import RunFolder


def report_run(run: RunFolder) -> list[str]:
    """Write `results.csv` and the report from all finished training runs; `summary.json` only if none is missing.

    Args:
        run: the folder, locked.

    Returns:
        The names of the training runs that are not finished.

    Raises:
        ValueError: no training run is finished.
        RunFolderError: a file of the run is damaged.
    """
    recorded = RecordedRun.read(run)
    missing = recorded.missing
    if len(missing) == len(recorded.record.training_runs()):
        raise ValueError(f"{run.path} holds no finished training run yet, so there is nothing to report")
    # All is read, and found to be whole, before anything is written.
    found: dict[str, Any] = {
        "curves": learning_curves(recorded),
        "traces": traces(recorded),
        "floors": floors(recorded),
        "references": references(recorded),
        "environment": environment_of(run),
        "budgets": budgets(recorded),
        "tuning": tuning(recorded),
    }
    gather(recorded)
    results = load_results(run.path / "results.csv", recorded.record)
    write_report(run.path, results=results, config=run.config, finished=not missing, **found)
    return missing


def environment_of(run: RunFolder) -> dict[str, Any]:
    """Return the record of the first start, and how many there were."""
    starts = run.read("environment.json") if (run.path / "environment.json").exists() else []
    return {**starts[0], "starts": len(starts)} if starts else {}
