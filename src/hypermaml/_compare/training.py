"""One training run of a comparison, from its newest checkpoint to its results."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hypermaml._compare.measurement import portray, score_rows, validate, variants
from hypermaml._compare.records import COLUMNS
from hypermaml._compare.training_run import Progress, TrainingRun
from hypermaml._core.budget import environment_steps
from hypermaml._core.method import Method
from hypermaml._core.schedule import choose_schedule
from hypermaml._core.system import System
from hypermaml._core.train import NonFinite, TrainState, start, train
from hypermaml._core.trees import count
from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.tables import csv_text
from hypermaml.run import checkpoint
from hypermaml.run.metrics import MetricsLog

SECONDS_BETWEEN_CHECKPOINTS = 20.0


def restore(training: TrainingRun, system: System, folder: Path) -> TrainState:
    """Return the newest checkpoint of a training run, or the untrained start where there is none.

    Args:
        training: the training run.
        system: its untrained system.
        folder: of the training run.

    Raises:
        CheckpointError: it is damaged, foreign, or of another training run.
    """
    state = start(system)
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
    own = training.identity()
    other = next((name for name in ("version", "training_run", "digest") if saved.get(name) != own[name]), None)
    if other:
        shown = "settings" if other == "digest" else other
        raise checkpoint.CheckpointError(
            f"Step {newest} in {root} belongs to another training run: {shown} {saved.get(shown)} in place of "
            f"{own[shown]}; give the folder its own checkpoints back."
        )
    return state


def run_training(training: TrainingRun, folder: Path, report: Callable[[Progress], None]) -> None:
    """Train from the newest checkpoint on, evaluate, and write `results.csv` last, which ends the training run.

    A training run whose loss stops being finite ends with scores of NaN, and `training-run.json` tells where.

    Args:
        training: what to run.
        folder: of the training run.
        report: called with the progress after each chunk.
    """
    system = training.build()
    state = restore(training, system, folder)
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
    for variant, measured in variants(training, method, learned):
        for split, adaptation in measured.items():
            rows += score_rows(training, adaptation, split, variant, failed=diverged is not None)
        if training.seed == 0 and not variant:
            portray(training, measured["meta-test"], folder / "traces.npz")
    schedule = {name: value if math.isfinite(value) else str(value) for name, value in schedule.items()}
    notes = {"diverged": diverged, "schedule": schedule, "parameters": count(system.method)}
    write_atomic(folder / "training-run.json", json.dumps(notes, indent=1, allow_nan=False) + "\n")
    write_atomic(folder / "results.csv", csv_text(COLUMNS, rows))


def train_whole(training: TrainingRun, report: Callable[[Progress], None] = lambda _: None) -> Method | None:
    """Return the method that a training run leaves, `None` where it diverges; nothing is written.

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
