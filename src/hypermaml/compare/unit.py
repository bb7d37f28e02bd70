"""One training run of a comparison: a method, a seed, a description of the tasks."""

from __future__ import annotations

import csv
import io
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np

from hypermaml.evaluate import Adaptation, evaluate
from hypermaml.experiments.experiment import Budget
from hypermaml.family import AbstractFamily, Split
from hypermaml.guard import choose_guard
from hypermaml.iteration import environment_steps
from hypermaml.method import Method
from hypermaml.methods.settings import Settings
from hypermaml.run import checkpoint
from hypermaml.run.atomic import write_atomic
from hypermaml.run.metrics import MetricsLog
from hypermaml.system import System
from hypermaml.train import NonFinite, TrainState, start, train

TEST_SPLITS: tuple[Split, ...] = ("meta-test", "extrapolation")
SECONDS_BETWEEN_CHECKPOINTS = 20.0
PORTRAYED_TASKS = 2
COLUMNS = ("split", "seed", "task", "inner_step", "metric", "variant", "value")


@dataclass(frozen=True)
class Progress:
    """Where a training run stands.

    Attributes:
        unit: its name.
        iteration: meta-iterations done.
        iterations: to do in all.
        stage: what comes next; `finished` ends a unit.
        message: what else there is to tell.
    """

    unit: str
    iteration: int
    iterations: int
    stage: Literal["compiling", "training", "evaluating", "finished"] = "training"
    message: str = ""


@dataclass(frozen=True)
class Unit:
    """One training run.

    Attributes:
        name: of its folder.
        settings: of the method.
        family: with its tasks described.
        budget: iterations and tasks.
        seed: decides the initialization, all tasks and all data.
    """

    name: str
    settings: Settings
    family: AbstractFamily
    budget: Budget
    seed: int

    @property
    def iterations(self) -> int:
        """Meta-iterations to do."""
        return self.budget.iterations if self.settings.trained else 0

    def build(self) -> System:
        """The untrained system."""
        return self.settings.build(self.family, key=self._key("initialization"))

    def tasks(self, split: Split) -> Any:
        """The tasks that a split is measured on; they depend on the seed alone."""
        count = self.budget.validation_tasks if split == "meta-validation" else self.budget.test_tasks
        return self.family.sample(count, split=split, key=self._key("tasks"))

    def evaluation_key(self) -> jax.Array:
        """For evidence, support and scores: the same for every method of a seed, so that differences are paired."""
        return self._key("evaluation")

    def training_key(self) -> jax.Array:
        """For meta-training tasks and their data."""
        return self._key("training")

    def _key(self, purpose: str) -> jax.Array:
        purposes = ("initialization", "training", "tasks", "evaluation")
        return jax.random.split(jax.random.key(self.seed), len(purposes))[purposes.index(purpose)]


def restore(unit: Unit, folder: Path) -> TrainState:
    """The newest checkpoint of a unit, or the untrained start where there is none.

    Raises:
        CheckpointError: it is damaged, foreign, or of another method.
    """
    state = start(unit.build())
    newest = checkpoint.latest(folder / "checkpoints")
    return state if newest is None else checkpoint.restore(folder / "checkpoints", newest, state)[0]


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
        report(Progress(unit.name, unit.iterations, unit.iterations, message=f"{unit.name} diverged: {error}"))
    report(Progress(unit.name, unit.iterations, unit.iterations, "evaluating"))
    method, guard = choose_guard(
        state.method,
        unit.family,
        unit.tasks("meta-validation"),
        steps=unit.budget.steps,
        key=unit.evaluation_key(),
    )
    rows = []
    for variant, candidate in {"": method, "guard=off": state.method}.items():
        measured = measure(unit, candidate)
        for split, adaptation in measured.items():
            rows += score_rows(unit, adaptation, split, variant, failed=diverged is not None)
        if unit.seed == 0 and not variant:
            _portray(unit, measured["meta-test"], folder / "traces.npz")
    guard = {name: value if math.isfinite(value) else str(value) for name, value in guard.items()}
    notes = {"settings": type(unit.settings).__name__, "diverged": diverged, "guard": guard}
    write_atomic(folder / "unit.json", json.dumps(notes, indent=1, allow_nan=False) + "\n")
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    write_atomic(folder / "results.csv", table.getvalue())


def _train(
    unit: Unit, system: System, state: TrainState, folder: Path, report: Callable[[Progress], None]
) -> TrainState:
    done = int(state.iteration)
    cost = environment_steps(system.objective, unit.family, unit.budget.meta_batch)
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
                checkpoint.save(folder / "checkpoints", done, state, extra={"unit": unit.name})
                saved = time.monotonic()
            report(Progress(unit.name, done, unit.iterations))
    return state


def validate(unit: Unit, method: Method, tasks: Any) -> dict[str, float]:
    """Mean scores on meta-validation, after each inner step, as `METRIC/STEP`."""
    scores = evaluate(method, unit.family, tasks, steps=unit.budget.steps, key=unit.evaluation_key()).scores
    return {
        f"{metric}/{step}": float(value)
        for metric, values in scores.items()
        for step, value in enumerate(np.mean(np.asarray(values), axis=0))
    }


def measure(unit: Unit, method: Method) -> dict[Split, Adaptation]:
    """The adaptation to the tasks of each test split."""
    key, steps = unit.evaluation_key(), unit.budget.steps
    return {split: evaluate(method, unit.family, unit.tasks(split), steps=steps, key=key) for split in TEST_SPLITS}


def score_rows(
    unit: Unit, adaptation: Adaptation, split: Split, variant: str = "", *, failed: bool = False
) -> list[tuple]:
    """A row of `COLUMNS` for each task, inner step and metric; NaN where training failed."""
    rows = []
    for name, values in adaptation.scores.items():
        metric, _, action = name.partition("|")
        parts = ";".join(sorted(part for part in (variant, action) if part))
        for (task, step), value in np.ndenumerate(np.asarray(values)):
            rows.append((split, unit.seed, task, step, metric, parts, "nan" if failed else f"{value:.9g}"))
    return rows


def _portray(unit: Unit, adaptation: Adaptation, path: Path) -> None:
    tasks, learners, support = jax.tree.map(
        lambda leaf: leaf[:PORTRAYED_TASKS], (unit.tasks("meta-test"), adaptation.learners, adaptation.support)
    )
    key = unit.evaluation_key()

    def of_task(learners: Any, task: Any) -> Any:
        return jax.lax.map(lambda learner: unit.family.portrait(learner, task, key=key), learners)

    seen = jax.jit(jax.vmap(of_task))(learners, tasks)
    arrays = unit.family.scene(tasks, support) | {unit.family.portrayed: seen}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{name: np.asarray(array) for name, array in arrays.items()})
    write_atomic(path, buffer.getvalue())
