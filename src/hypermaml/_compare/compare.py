"""A comparison, run and gathered into one table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.records import gather
from hypermaml._compare.training import run_training
from hypermaml._compare.training_run import Progress
from hypermaml.run.folder import RunFolder, open_run

__all__ = ["Comparison", "compare"]


def compare(
    comparison: Comparison,
    out: Path,
    *,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda _: None,
    finish: Callable[[Comparison, RunFolder], Any] = lambda *_: None,
) -> Path:
    """Runs what is not finished, then writes `results.csv`.

    Args:
        comparison: what to compare.
        out: the run folder.
        resume: go on with the run that the folder holds; a finished one is left as it is.
        report: told of each chunk.
        finish: called when all training runs are finished, while the folder is still locked; `report_run` writes the
            report.

    Returns:
        The path of `results.csv`.

    Raises:
        RunFolderError, RunInUse, CheckpointError: see `open_run` and `restore`.
    """
    with open_run(out, comparison.config(), resume=resume) as run:
        if not run.finished():
            for training in comparison.training_runs():
                if not run.finished(training.name):
                    report(Progress(training.name, 0, training.iterations, "compiling"))
                    run_training(training, run.training_run(training.name), report)
                report(Progress(training.name, training.iterations, training.iterations, "finished"))
            gather(comparison, run)
            finish(comparison, run)
    return out / "results.csv"
