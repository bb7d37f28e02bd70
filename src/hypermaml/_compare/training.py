"""One training run of a comparison, from its newest checkpoint to its results."""

from __future__ import annotations

import csv
import io
import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hypermaml._compare.measurement import COLUMNS, measure, portray, score_rows, validate
from hypermaml._compare.training_run import Progress, TrainingRun
from hypermaml._core.budget import environment_steps
from hypermaml._core.method import Method
from hypermaml._core.schedule import choose_schedule
from hypermaml._core.system import System
from hypermaml._core.train import NonFinite, TrainState, start, train
from hypermaml._core.trees import count
from hypermaml._misc.atomic import write_atomic
from hypermaml.run import checkpoint
from hypermaml.run.metrics import MetricsLog

SECONDS_BETWEEN_CHECKPOINTS = 20.0


def restore(training: TrainingRun, folder: Path) -> TrainState:
    """The newest checkpoint of a training run, or the untrained start where there is none.

    Raises:
        CheckpointError: it is damaged, foreign, or of another training run.
    """
    state = start(training.build())
    root = folder / "checkpoints"
    newest = checkpoint.latest(root)
    if newest is None:
        return state
    try:
        state, saved = checkpoint.restore(root, newest, state)
    except checkpoint.CheckpointError as error:
        raise checkpoint.CheckpointError(
            f"{error} Without {root / f'step-{newest}'}, --resume goes on from the checkpoint before it, or anew."
        ) from error
    other = [name for name, value in training.identity().items() if saved.get(name) != value]
    if other:
        raise checkpoint.CheckpointError(
            f"Step {newest} in {root} belongs to another training run: {other[0]} {saved.get(other[0])} in place of "
            f"{training.identity()[other[0]]}; give the folder its own checkpoints back."
        )
    return state


def run_training(training: TrainingRun, folder: Path, report: Callable[[Progress], None]) -> None:
    """Trains from the newest checkpoint on, evaluates, and writes `results.csv` last, which ends the training run.

    A training run whose loss stops being finite ends with scores of NaN, and `training-run.json` tells where.

    Args:
        training: what to run.
        folder: of the training.
        report: told of each chunk.
    """
    system = training.build()
    state = restore(training, folder)
    diverged = None
    try:
        state = _train(training, system, state, folder, report)
    except NonFinite as error:
        diverged = str(error)
        state = start(system)  # not where this process set out from, which differs if the run was cut
        report(Progress(training.name, training.iterations, training.iterations, "diverged", str(error)))
    report(Progress(training.name, training.iterations, training.iterations, "evaluating"))
    learned = training.tested(state.method)
    method, schedule = choose_schedule(
        learned,
        training.family,
        training.tasks("meta-validation"),
        steps=training.budget.steps,
        key=training.evaluation_key("meta-validation"),
    )
    rows = []
    for variant, candidate in {"": method, "schedule=off": learned}.items():
        measured = measure(training, candidate)
        for split, adaptation in measured.items():
            rows += score_rows(training, adaptation, split, variant, failed=diverged is not None)
        if training.seed == 0 and not variant:
            portray(training, measured["meta-test"], folder / "traces.npz")
    schedule = {name: value if math.isfinite(value) else str(value) for name, value in schedule.items()}
    notes = {"settings": type(training.settings).__name__, "diverged": diverged, "schedule": schedule}
    notes["parameters"] = count(system.method)
    write_atomic(folder / "training-run.json", json.dumps(notes, indent=1, allow_nan=False) + "\n")
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    write_atomic(folder / "results.csv", table.getvalue())


def train_whole(training: TrainingRun, report: Callable[[Progress], None] = lambda _: None) -> Method | None:
    """The method that a training run's training leaves, `None` where it diverges; nothing is kept of what lies between.

    Args:
        training: what to train.
        report: told of each chunk.
    """
    system, budget = training.build(), training.budget
    state = start(system)
    chunks = train(
        system,
        training.family,
        iterations=training.iterations,
        meta_batch=budget.meta_batch,
        chunk=budget.chunk,
        key=training.training_key(),
    )
    try:
        for reached, _ in chunks:
            state = reached
            report(Progress(training.name, int(state.iteration), training.iterations))
    except NonFinite as error:
        report(Progress(training.name, training.iterations, training.iterations, "diverged", str(error)))
        return None
    return state.method


def _train(
    training: TrainingRun, system: System, state: TrainState, folder: Path, report: Callable[[Progress], None]
) -> TrainState:
    done = int(state.iteration)
    cost = environment_steps(
        system.objective, training.family, training.budget.meta_batch, explores=system.method.embed.explores
    )
    tasks = training.tasks("meta-validation")
    chunks = train(
        system,
        training.family,
        iterations=training.iterations,
        meta_batch=training.budget.meta_batch,
        chunk=training.budget.chunk,
        key=training.training_key(),
        state=state,
    )
    saved = time.monotonic()
    with MetricsLog(folder, resume_at=done if done else None) as log:
        if not done:
            log.log(0, validate(training, state.method, tasks))
        report(Progress(training.name, done, training.iterations, "compiling"))
        for state, metrics in chunks:
            done = int(state.iteration)
            values = {"loss": np.mean(metrics.loss), "environment_steps": done * cost}
            log.log(done, values | validate(training, state.method, tasks))
            last = done == training.iterations
            if last or time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                checkpoint.save(folder / "checkpoints", done, state, extra=training.identity())
                saved = time.monotonic()
            report(Progress(training.name, done, training.iterations))
    return state
