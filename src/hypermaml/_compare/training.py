"""One training run of a comparison, from its newest checkpoint to its results."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from hypermaml._compare.doubts import Doubts
from hypermaml._compare.measurement import portray, score_rows, validate, variants
from hypermaml._compare.records import COLUMNS, NOTES, TRACES
from hypermaml._compare.training_run import Progress, TrainingRun
from hypermaml._core.budget import environment_steps
from hypermaml._core.hosts import agreed, leads, of_first
from hypermaml._core.method import Method
from hypermaml._core.schedule import choose_schedule
from hypermaml._core.system import System
from hypermaml._core.train import NonFinite, TrainState, start, train
from hypermaml._core.trees import count
from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.tables import csv_text
from hypermaml.run import checkpoint, checksums, ending
from hypermaml.run.folder import RESULTS
from hypermaml.run.metrics import EVENTS, MetricsLog
from hypermaml.run.metrics import NAME as LOG

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
    return _restored(training, system, folder)[0]


def _restored(training: TrainingRun, system: System, folder: Path) -> tuple[TrainState, dict[str, Any]]:
    """Return the newest checkpoint, and what it says beside the state; see `restore`."""
    state = start(system)
    root = folder / "checkpoints"
    newest = checkpoint.latest(root)
    if newest is None:
        return state, {}
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
    return state, saved


def run_training(training: TrainingRun, folder: Path, report: Callable[[Progress], None]) -> None:
    """Train from the newest checkpoint on, evaluate, and write `results.csv` last, which ends the training run.

    A training run whose loss stops being finite ends with scores of NaN, and `training-run.json` tells where. Where
    several processes compute together, each calls this at the same time. The first one reads and writes checkpoints;
    the folder of the others is not kept.

    Args:
        training: what to run.
        folder: of the training run.
        report: called with the progress after each chunk.

    Raises:
        CheckpointError, RunFolderError: a checkpoint or the log is damaged.
        Ended: the process was asked to end; a checkpoint is written.
        OSError: the disk is full, or the system refuses.
    """
    system = training.build()
    (folder / checksums.NAME).unlink(missing_ok=True)
    state, saved = _restored(training, system, folder) if leads() else (start(system), {})
    state, diverged = of_first(state), None
    try:
        state = _train(training, system, state, saved.get("log"), folder, report)
    except NonFinite as error:
        ending.check()  # a request that came meanwhile; what diverged is trained again from its last checkpoint
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
            portray(training, measured["meta-test"], folder / TRACES)
    schedule = {name: value if math.isfinite(value) else str(value) for name, value in schedule.items()}
    notes = {"diverged": diverged, "schedule": schedule, "parameters": count(system.method)}
    write_atomic(folder / NOTES, json.dumps(notes, indent=1, allow_nan=False) + "\n")
    checksums.seal(folder, [NOTES, TRACES, LOG, *(path.name for path in folder.glob(f"{EVENTS}*"))])
    checksums.write(folder, RESULTS, csv_text(COLUMNS, rows))


def train_whole(
    training: TrainingRun,
    report: Callable[[Progress], None] = lambda _: None,
    *,
    visit: Callable[[int, Method], None] = lambda *_: None,
) -> Method | None:
    """Return the method that a training run leaves, `None` where it diverges; nothing is written.

    Args:
        training: what to train.
        report: called with the progress after each chunk.
        visit: called after each chunk with the meta-iterations done and the method as it is then.
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
    doubts = Doubts()
    try:
        for reached, metrics in chunks:
            state = reached
            doubts.add(metrics)
            report(Progress(training.name, int(state.iteration), training.iterations))
            visit(int(state.iteration), state.method)
    except NonFinite as error:
        report(Progress(training.name, training.iterations, training.iterations, "diverged", str(error)))
        return None
    doubts.warn(training.name, state.method)
    return state.method


def _train(
    training: TrainingRun,
    system: System,
    state: TrainState,
    mark: dict[str, Any] | None,
    folder: Path,
    report: Callable[[Progress], None],
) -> TrainState:
    """Train from a state on, whose log has the mark of its checkpoint."""
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
    saved, doubts = time.monotonic(), Doubts()
    with ExitStack() as stack:
        log = stack.enter_context(MetricsLog(folder, resume_at=done if done and leads() else None, mark=mark))
        if not done:
            log.log(0, validate(training, state.method, tasks))
        report(Progress(training.name, done, training.iterations, "compiling"))
        for chunk, (state, metrics) in enumerate(chunks):
            if not chunk:  # from here on there is something to save
                stack.enter_context(ending.postponed())
            done = int(state.iteration)
            doubts.add(metrics)
            values = {"loss": np.mean(metrics.loss), "environment_steps": done * cost}
            log.log(done, values | validate(training, state.method, tasks))
            last, asked = done == training.iterations, agreed(ending.asked())
            if leads() and (last or asked or time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS):
                extra = training.identity() | {"log": log.mark()}
                checkpoint.save(folder / "checkpoints", done, state, extra=extra)
                saved = time.monotonic()
            ending.check(elsewhere=asked)
            report(Progress(training.name, done, training.iterations))
    doubts.warn(training.name, state.method)
    return state
