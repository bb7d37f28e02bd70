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
from hypermaml._compare.training_run import Progress, Unit
from hypermaml._core.iteration import environment_steps
from hypermaml._core.method import Method
from hypermaml._core.schedule import choose_guard
from hypermaml._core.system import System
from hypermaml._core.train import NonFinite, TrainState, start, train
from hypermaml._core.trees import count
from hypermaml._misc.atomic import write_atomic
from hypermaml.run import checkpoint
from hypermaml.run.metrics import MetricsLog

SECONDS_BETWEEN_CHECKPOINTS = 20.0


def restore(unit: Unit, folder: Path) -> TrainState:
    """The newest checkpoint of a unit, or the untrained start where there is none.

    Raises:
        CheckpointError: it is damaged, foreign, or of another training run.
    """
    state = start(unit.build())
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
    other = [name for name, value in unit.identity().items() if saved.get(name) != value]
    if other:
        raise checkpoint.CheckpointError(
            f"Step {newest} in {root} belongs to another training run: {other[0]} {saved.get(other[0])} in place of "
            f"{unit.identity()[other[0]]}; give the folder its own checkpoints back."
        )
    return state


def run_unit(unit: Unit, folder: Path, report: Callable[[Progress], None]) -> None:
    """Trains from the newest checkpoint on, evaluates, and writes `results.csv` last, which ends the unit.

    A unit whose loss stops being finite ends with scores of NaN, and `unit.json` tells where it happened.

    Args:
        unit: what to run.
        folder: of the unit.
        report: told of each chunk.
    """
    system = unit.build()
    state = restore(unit, folder)
    diverged = None
    try:
        state = _train(unit, system, state, folder, report)
    except NonFinite as error:
        diverged = str(error)
        state = start(system)  # not where this process set out from, which differs if the run was cut
        report(Progress(unit.name, unit.iterations, unit.iterations, "diverged", str(error)))
    report(Progress(unit.name, unit.iterations, unit.iterations, "evaluating"))
    learned = unit.tested(state.method)
    method, guard = choose_guard(
        learned,
        unit.family,
        unit.tasks("meta-validation"),
        steps=unit.budget.steps,
        key=unit.evaluation_key("meta-validation"),
    )
    rows = []
    for variant, candidate in {"": method, "guard=off": learned}.items():
        measured = measure(unit, candidate)
        for split, adaptation in measured.items():
            rows += score_rows(unit, adaptation, split, variant, failed=diverged is not None)
        if unit.seed == 0 and not variant:
            portray(unit, measured["meta-test"], folder / "traces.npz")
    guard = {name: value if math.isfinite(value) else str(value) for name, value in guard.items()}
    notes = {"settings": type(unit.settings).__name__, "diverged": diverged, "guard": guard}
    notes["parameters"] = count(system.method)
    write_atomic(folder / "unit.json", json.dumps(notes, indent=1, allow_nan=False) + "\n")
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    write_atomic(folder / "results.csv", table.getvalue())


def train_whole(unit: Unit, report: Callable[[Progress], None] = lambda _: None) -> Method | None:
    """The method that a unit's training leaves, `None` where it diverges; nothing is kept of what lies between.

    Args:
        unit: what to train.
        report: told of each chunk.
    """
    system, budget = unit.build(), unit.budget
    state = start(system)
    chunks = train(
        system,
        unit.family,
        iterations=unit.iterations,
        meta_batch=budget.meta_batch,
        chunk=budget.chunk,
        key=unit.training_key(),
    )
    try:
        for reached, _ in chunks:
            state = reached
            report(Progress(unit.name, int(state.iteration), unit.iterations))
    except NonFinite as error:
        report(Progress(unit.name, unit.iterations, unit.iterations, "diverged", str(error)))
        return None
    return state.method


def _train(
    unit: Unit, system: System, state: TrainState, folder: Path, report: Callable[[Progress], None]
) -> TrainState:
    done = int(state.iteration)
    cost = environment_steps(
        system.objective, unit.family, unit.budget.meta_batch, explores=system.method.embed.explores
    )
    tasks = unit.tasks("meta-validation")
    chunks = train(
        system,
        unit.family,
        iterations=unit.iterations,
        meta_batch=unit.budget.meta_batch,
        chunk=unit.budget.chunk,
        key=unit.training_key(),
        state=state,
    )
    saved = time.monotonic()
    with MetricsLog(folder, resume_at=done if done else None) as log:
        if not done:
            log.log(0, validate(unit, state.method, tasks))
        report(Progress(unit.name, done, unit.iterations, "compiling"))
        for state, metrics in chunks:
            done = int(state.iteration)
            values = {"loss": np.mean(metrics.loss), "environment_steps": done * cost}
            log.log(done, values | validate(unit, state.method, tasks))
            last = done == unit.iterations
            if last or time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                checkpoint.save(folder / "checkpoints", done, state, extra=unit.identity())
                saved = time.monotonic()
            report(Progress(unit.name, done, unit.iterations))
    return state
