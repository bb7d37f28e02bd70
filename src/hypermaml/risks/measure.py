"""Run all training runs of a report of the risks, and keep their scores in its folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from hypermaml._compare.records import rows_of
from hypermaml._compare.sizes import check_sizes
from hypermaml._compare.training_run import Progress
from hypermaml.risks import complexity, embedding, generalization, overfitting, scaling, tuning
from hypermaml.risks.plan import Risks, merged
from hypermaml.risks.trial import Probe, Trial, run_trial
from hypermaml.run.folder import RunFolder, open_run


def trials(risks: Risks) -> list[Trial]:
    """Return every training run of a report once."""
    distant = (generalization,) if risks.distant is not None else ()
    size = (scaling,) if risks.resizable else ()
    parts = (overfitting, *distant, tuning, *size, embedding)
    return merged([trial for part in parts for trial in part.trials(risks)])


def measure_risks(
    risks: Risks,
    out: Path,
    *,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda _: None,
    finish: Callable[[Risks, RunFolder], Any] = lambda *_: None,
) -> None:
    """Run everything that is not finished; a run that is killed loses the training run in progress.

    Args:
        risks: the plan.
        out: the run folder.
        resume: go on with the run that the folder holds; a finished one is left as it is.
        report: called after each chunk.
        finish: called when all training runs are finished, while the folder is still locked.

    Raises:
        RunFolderError, RunInUse: see `open_run`.
    """
    check_sizes(risks.settings.values(), risks.family(max(risks.sizes)), risks.budget)
    with open_run(out, risks.config(), resume=resume) as run:
        if run.finished():
            for name in (None, *(trial.name for trial in trials(risks))):
                run.check(name)
            return
        for width in risks.sizes:
            name = complexity.name_of(risks, width)
            if not run.finished(name):
                report(Progress(name, 0, 0, "compiling"))
                complexity.measure(risks, width, run.training_run(name))
            report(Progress(name, 0, 0, "finished"))
        for trial in trials(risks):
            if not run.finished(trial.name):
                report(Progress(trial.name, 0, trial.iterations, "compiling"))
                run_trial(trial, run.training_run(trial.name), report)
            report(Progress(trial.name, trial.iterations, trial.iterations, "finished"))
        finish(risks, run)


class Scores:
    """The scores of the trials of a finished run."""

    def __init__(self, run: RunFolder):
        """Read a trial of the run when it is first needed."""
        self._run = run
        self._rows: dict[str, list[dict[str, str]]] = {}

    def errors(self, trial: Trial, probe: Probe | None = None) -> Float[np.ndarray, "task step"]:
        """Return the errors of a trial before the first and after each inner step: a higher-is-better score is negated.

        Args:
            trial: finished.
            probe: the measurement; meta-test by default.

        Raises:
            RunFolderError: its results are damaged.
        """
        if trial.name not in self._rows:
            self._rows[trial.name] = rows_of(
                self._run, trial.name, tasks=trial.budget.test_tasks, steps=trial.budget.steps
            )
        probe = probe or Probe()
        measured = probe.tasks, probe.corruption.name
        rows = [row for row in self._rows[trial.name] if (row["split"], row["variant"]) == measured]
        scores = np.empty((trial.budget.test_tasks, trial.budget.steps + 1))
        for row in rows:
            scores[int(row["task"]), int(row["inner_step"])] = float(row["value"])
        return -scores if trial.family.higher_is_better else scores
