"""Run a comparison, and gather its results into one table."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.crew import Crew
from hypermaml._compare.preparation import check_before_training
from hypermaml._compare.record import NAME as RECORD
from hypermaml._compare.record import record_references, references_of, write_record
from hypermaml._compare.records import RecordedRun, gather
from hypermaml._compare.side_by_side import SideBySide
from hypermaml._compare.training_run import Progress, TrainingRun
from hypermaml.run.folder import RunFolder, open_run

if TYPE_CHECKING:
    from hypermaml._compare.hosts import Lead
    from hypermaml._compare.job_array import JobArray

__all__ = ["Comparison", "compare"]


def compare(
    comparison: Comparison,
    out: Path,
    *,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda _: None,
    finish: Callable[[RunFolder], Any] = lambda _: None,
    files: Mapping[str, bytes] = MappingProxyType({}),
    crew: Crew | JobArray | Lead | SideBySide | None = None,
) -> Path:
    """Run what is not finished, then write `results.csv`.

    Args:
        comparison: what to compare.
        out: the run folder.
        resume: go on with the run that the folder holds; a finished one is left as it is.
        report: called with the progress after each chunk.
        finish: called when all training runs are finished, while the folder is still locked; `report_run` writes the
            report.
        files: by name, what the comparison was made from, to be kept in the folder.
        crew: who trains: processes or jobs that have a training run each, several that have one together, or by default
            this process, which on an accelerator trains all seeds of a method together.

    Returns:
        The path of `results.csv`.

    Raises:
        RunFolderError, RunInUse, CheckpointError: see `open_run` and `restore`.
        WorkerEnded: see `Crew.train` and `JobArray.train`.
        ValueError: see `JobArray.start`.
    """
    fresh = not out.exists()
    with open_run(out, comparison.config(), identity=comparison.identity(), resume=resume) as run:
        if run.finished():
            for name in (None, *(planned.name for planned in comparison.plan())):
                run.check(name)
        else:
            for name, contents in files.items():
                run.write(name, contents)
            _run_all(comparison, run, report, crew or SideBySide(out), fresh=fresh)
            gather(RecordedRun.read(run))
            finish(run)
    return out / "results.csv"


def _run_all(
    comparison: Comparison,
    run: RunFolder,
    report: Callable[[Progress], None],
    crew: Crew | JobArray | Lead | SideBySide,
    *,
    fresh: bool,
) -> None:
    families, pending = {}, list[TrainingRun]()
    for planned in comparison.plan():
        finished, recorded = run.finished(planned.name), run.has(RECORD) and run.has(references_of(planned.seed))
        if not (finished and recorded):  # a record may be missing where the manifest of the run was lost
            if not families:
                report(Progress(planned.name, 0, planned.iterations, "preparing"))
                try:
                    crew.start(sum(not run.finished(each.name) for each in comparison.plan()))
                    families = comparison.build_families()
                    for descriptor, family in families.items():
                        missing = descriptor == "none"
                        check_before_training(comparison.methods.values(), family, comparison.budget, may_lack=missing)
                except BaseException:
                    if fresh:  # nothing has begun: no folder stays behind
                        shutil.rmtree(run.path)
                    raise
                write_record(comparison, families[planned.descriptor], run)
                if account := comparison.experiment.account():
                    run.write("data.txt", account + "\n")
            training = planned.with_family(families[planned.descriptor])
            record_references(training, run)
            if not finished:
                pending.append(training)
                continue
        report(Progress(planned.name, planned.iterations, planned.iterations, "finished"))
    if pending:
        crew.train(pending, report)
