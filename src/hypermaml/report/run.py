"""Write the report of a run folder from its files alone: no model is loaded and no family is built."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypermaml._compare.records import (
    RecordedRun,
    budgets,
    floors,
    gather,
    learning_curves,
    references,
    traces,
    tuning,
)
from hypermaml.report.means import BY_SEED, BY_TASK
from hypermaml.report.results import load_run
from hypermaml.report.write import write_report
from hypermaml.run.folder import RESULTS, SUMMARY, RunFolder


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
    check_run(run, list(dict.fromkeys(cell.name for cell in recorded.cells())))
    found: dict[str, Any] = {
        "curves": learning_curves(recorded),
        "traces": traces(recorded),
        "floors": floors(recorded),
        "references": references(recorded),
        "environment": environment_of(run),
        "budgets": budgets(recorded),
        "tuning": tuning(recorded),
    }
    with rewritten(run) as folder:
        gather(recorded)
        results = load_run(run.path)
        write_report(folder, results=results, config=run.config, finished=not missing, **found)
    return missing


def check_run(run: RunFolder, training_runs: Sequence[str]) -> None:
    """Check every file of a run that its report does not write, and those of these training runs.

    Raises:
        RunFolderError: one is missing or damaged.
    """
    if run.verified:
        run.check(among=lambda name: not is_reported(name))
        for name in training_runs:
            run.check(name)


@contextmanager
def rewritten(run: RunFolder) -> Iterator[Path]:
    """Make an empty folder, in which the block writes a report; then put the report into the run's folder.

    A reader without the lock finds each file as it was before or as it is now, with its checksum.
    """
    folder = run.path / ".report"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
        names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
        files = {name: (folder / name).read_bytes() for name in sorted(names, key=lambda name: (name == SUMMARY, name))}
        run.replace(files, lambda name: is_reported(name) and name != RESULTS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_reported(name: str) -> bool:
    """Whether a file of this name belongs to the report of a run, which can be written again."""
    return name in (RESULTS, "table.md", "table.csv", BY_SEED, BY_TASK, "page.html", SUMMARY) or name.startswith(
        "plots/"
    )


def environment_of(run: RunFolder) -> dict[str, Any]:
    """Return the record of the first start, and how many there were."""
    known = run.verified or run.has("environment.json")
    starts = run.read_json("environment.json", kind=list) if known else []
    return {**starts[0], "starts": len(starts)} if starts and isinstance(starts[0], dict) else {}
