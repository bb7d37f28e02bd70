"""Train one method of the report of the risks, and measure it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax.numpy as jnp

from hypermaml._compare.measurement import score_rows
from hypermaml._compare.records import COLUMNS
from hypermaml._compare.training import train_whole
from hypermaml._compare.training_run import Progress, TrainingRun
from hypermaml._core.evaluate import evaluate
from hypermaml._core.family import AbstractFamily
from hypermaml._core.schedule import choose_schedule
from hypermaml._misc.tables import csv_text
from hypermaml.methods.config import MethodConfig
from hypermaml.risks.altered import GIVEN, UNLIMITED, AlteredFamily, Corruption, altered
from hypermaml.risks.budget import RiskBudget
from hypermaml.risks.distance import tasks_by_distance
from hypermaml.run import checksums
from hypermaml.run.folder import RESULTS


@dataclass(frozen=True)
class Probe:
    """The tasks of a measurement.

    Attributes:
        tasks: `meta-test`; `meta-train`, the tasks of training; or `distance-1` and on, tasks beyond the region of
            training, farther and farther.
        corruption: of the descriptions.
    """

    tasks: str = "meta-test"
    corruption: Corruption = GIVEN


@dataclass(frozen=True)
class Trial:
    """A training run, and its measurements.

    Attributes:
        name: of the folder.
        settings: of the method.
        family: with the description of its tasks and the size of its learners.
        budget: iterations and tasks.
        seed: decides the initialization, all tasks and all data.
        probes: the measurements.
        limit: number of different meta-training tasks.
        corruption: of the descriptions in meta-training.
    """

    name: str
    settings: MethodConfig
    family: AbstractFamily
    budget: RiskBudget
    seed: int
    probes: tuple[Probe, ...] = (Probe(),)
    limit: int = UNLIMITED
    corruption: Corruption = GIVEN

    @property
    def iterations(self) -> int:
        """Return the number of meta-iterations."""
        return self.training_run.iterations

    @property
    def training_run(self) -> TrainingRun:
        """Return the training run of the family as it is, which gives tasks and keys."""
        return TrainingRun(self.name, self.settings, self.family, self.budget, self.seed)

    def altered(self, corruption: Corruption) -> AlteredFamily:
        """Return the family of meta-training with corrupted descriptions."""
        return altered(self.family, corruption=corruption, limit=self.limit, seed=self.seed)

    def tasks(self, probe: Probe) -> Any:
        """Return the tasks of a measurement, stacked; all methods of a seed have the same."""
        training_run, count = self.training_run, self.budget.test_tasks
        if probe.tasks == "meta-test":
            return training_run.tasks("meta-test")
        if probe.tasks == "meta-train":
            return self.altered(GIVEN).limited_tasks(jnp.arange(count) % self.limit)
        _, _, number = probe.tasks.partition("-")
        return tasks_by_distance(training_run, bins=self.budget.bins)[int(number) - 1]


def run_trial(trial: Trial, folder: Path, report: Callable[[Progress], None]) -> None:
    """Train, choose the test-time schedule, measure, and write `results.csv` last, which ends the trial.

    Where training diverges, the scores are NaN.

    Args:
        trial: to run.
        folder: of the trial.
        report: called after each chunk.
    """
    trained_in = trial.altered(trial.corruption)
    training_run = replace(trial.training_run, family=trained_in)
    learned = train_whole(training_run, report)
    report(Progress(training_run.name, training_run.iterations, training_run.iterations, "evaluating"))
    failed, steps = learned is None, training_run.budget.steps
    validation, key = training_run.tasks("meta-validation"), training_run.evaluation_key("meta-validation")
    method = training_run.build().method if learned is None else learned
    method, _ = choose_schedule(training_run.tested(method), trained_in, validation, steps=steps, key=key)
    rows: list[tuple] = []
    for probe in trial.probes:
        key = training_run.evaluation_key("meta-test")
        adaptation = evaluate(method, trial.altered(probe.corruption), trial.tasks(probe), steps=steps, key=key)
        metric = trial.family.metric
        own = replace(adaptation, scores={metric: adaptation.scores[metric]})
        rows += score_rows(training_run, own, probe.tasks, probe.corruption.name, failed=failed)  # pyright: ignore[reportArgumentType]
    checksums.write(folder, RESULTS, csv_text(COLUMNS, rows))
