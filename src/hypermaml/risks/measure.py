"""All that a report of the risks needs, run and kept in its folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from hypermaml._compare.records import rows_of
from hypermaml._compare.training_run import Progress
from hypermaml.risks import complexity, embedding, generalization, overfitting, scaling, tuning
from hypermaml.risks.plan import Risks, merged
from hypermaml.risks.trial import Probe, Trial, run_trial
from hypermaml.run.folder import RunFolder, open_run


def trials(risks: Risks) -> list[Trial]:
    """Every training run of a report once."""
    parts = (overfitting, generalization, tuning, scaling, embedding)
    return merged([trial for part in parts for trial in part.trials(risks)])


def measure_risks(
    risks: Risks,
    out: Path,
    *,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda _: None,
    finish: Callable[[Risks, RunFolder], Any] = lambda *_: None,
) -> None:
    """Runs what is not finished; a run that is killed loses the training run in progress.

    Args:
        risks: what to measure.
        out: the run folder.
        resume: go on with the run that the folder holds; a finished one is left as it is.
        report: told of each chunk.
        finish: called when all training runs are finished, while the folder is still locked.

    Raises:
        RunFolderError, RunInUse: see `open_run`.
    """
    with open_run(out, risks.config(), resume=resume) as run:
        if run.finished():
            return
        for width in risks.budget.sizes:
            name = complexity.unit_of(risks, width)
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
    """What the trials of a finished run scored."""

    def __init__(self, run: RunFolder):
        """Of this run; a trial is read when it is asked for first."""
        self._run = run
        self._known: dict[str, list[dict[str, str]]] = {}

    def errors(self, trial: Trial, probe: Probe | None = None) -> Float[np.ndarray, "task step"]:
        """The errors of a trial before the first and after each inner step: lower is better; a return counts negative.

        Args:
            trial: finished.
            probe: what it was measured on; meta-test by default.

        Raises:
            RunFolderError: its results are damaged.
        """
        if trial.name not in self._known:
            self._known[trial.name] = rows_of(trial.training_run, self._run)
        probe = probe or Probe()
        place = probe.tasks, probe.corruption.name
        rows = [row for row in self._known[trial.name] if (row["split"], row["variant"]) == place]
        scores = np.empty((trial.budget.test_tasks, trial.budget.steps + 1))
        for row in rows:
            scores[int(row["task"]), int(row["inner_step"])] = float(row["value"])
        return -scores if trial.family.higher_is_better else scores
