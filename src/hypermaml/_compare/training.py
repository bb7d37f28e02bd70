"""One training run of a comparison, from its newest checkpoint to its results."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np

from hypermaml._compare.doubts import Doubts
from hypermaml._compare.measurement import portray, score_rows, validate, variants
from hypermaml._compare.records import COLUMNS, NOTES, TRACES
from hypermaml._compare.training_run import Progress, TrainingRun
from hypermaml._core.budget import environment_steps
from hypermaml._core.hosts import agreed, leads, of_first, whole
from hypermaml._core.meta_loss import Metrics
from hypermaml._core.method import Method
from hypermaml._core.schedule import choose_schedule
from hypermaml._core.system import System
from hypermaml._core.train import NonFinite, TrainState, start, train, train_side_by_side
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
    run_side_by_side([training], [folder], report)


def run_side_by_side(
    trainings: Sequence[TrainingRun], folders: Sequence[Path], report: Callable[[Progress], None]
) -> None:
    """Do what `run_training` does, of training runs that differ in their seed alone and train as one program.

    Where a checkpoint of one is newer than that of another, those of the same iteration train together.

    Args:
        trainings: what to run; several draw their data on the device, in one process.
        folders: of the training runs.
        report: called with the progress of each after each chunk.

    Raises:
        CheckpointError, RunFolderError: a checkpoint or a log is damaged.
        Ended: the process was asked to end; checkpoints are written.
        OSError: the disk is full, or the system refuses.
    """
    begun = [_Begun(training, folder, report) for training, folder in zip(trainings, folders, strict=True)]
    for done in sorted({each.done for each in begun}):
        _train([each for each in begun if each.done == done])
    for each in begun:
        each.finish()


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


class _Begun:
    """A training run from its newest checkpoint on, with what it leaves in its folder."""

    def __init__(self, training: TrainingRun, folder: Path, report: Callable[[Progress], None]):
        """Build its system, and read its newest checkpoint."""
        self.training, self.folder, self._report = training, folder, report
        self.system = training.build()
        (folder / checksums.NAME).unlink(missing_ok=True)
        self.state, saved = _restored(training, self.system, folder) if leads() else (start(self.system), {})
        self.state, self._mark = of_first(self.state), saved.get("log")
        self.diverged: str | None = None
        self._doubts, self._saved = Doubts(), time.monotonic()

    @property
    def done(self) -> int:
        """Return the meta-iterations that are done."""
        return int(self.state.iteration)

    @contextmanager
    def logged(self) -> Iterator[None]:
        """Have the log open in the block, and validate before the first iteration."""
        training, resumed = self.training, self.done if self.done and leads() else None
        self._tasks = training.tasks("meta-validation")
        self._cost = environment_steps(
            self.system.objective,
            training.family,
            training.budget.meta_batch,
            explores=self.system.method.embed.explores,
        )
        with MetricsLog(self.folder, resume_at=resumed, mark=self._mark) as self._log:
            if not self.done:
                self._log.log(0, validate(training, self.state.method, self._tasks))
            self._tell("compiling")
            self._saved = time.monotonic()
            yield

    def add(self, state: TrainState, metrics: Metrics) -> None:
        """Log a chunk that ends with this state."""
        self.state = state
        self._doubts.add(metrics)
        values = {"loss": np.mean(metrics.loss), "environment_steps": self.done * self._cost}
        self._log.log(self.done, values | validate(self.training, state.method, self._tasks))

    def save(self, *, asked: bool) -> None:
        """Write a checkpoint if it is time, it is the last one, or the process is asked to end."""
        last = self.done == self.training.iterations
        if last or asked or agreed(time.monotonic() - self._saved > SECONDS_BETWEEN_CHECKPOINTS):
            kept = whole(self.state)
            if leads():
                extra = self.training.identity() | {"log": self._log.mark()}
                checkpoint.save(self.folder / "checkpoints", self.done, kept, extra=extra)
            self._saved = time.monotonic()

    def tell(self) -> None:
        """Tell the progress."""
        self._tell("training")

    def diverge(self, error: NonFinite) -> None:
        """Give the training run up."""
        self.diverged = str(error)
        self.state = start(self.system)  # not where this process set out from, which differs if the run was cut
        iterations = self.training.iterations
        self._report(Progress(self.training.name, iterations, iterations, "diverged", str(error)))

    def finish(self) -> None:
        """Evaluate, and write the results."""
        training, folder = self.training, self.folder
        if self.diverged is None:
            self._doubts.warn(training.name, self.state.method)
        self._report(Progress(training.name, training.iterations, training.iterations, "evaluating"))
        learned = training.tested(self.state.method)
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
                rows += score_rows(training, adaptation, split, variant, failed=self.diverged is not None)
            if training.seed == 0 and not variant:
                portray(training, measured["meta-test"], folder / TRACES)
        schedule = {name: value if math.isfinite(value) else str(value) for name, value in schedule.items()}
        notes = {"diverged": self.diverged, "schedule": schedule, "parameters": count(self.system.method)}
        write_atomic(folder / NOTES, json.dumps(notes, indent=1, allow_nan=False) + "\n")
        checksums.seal(folder, [NOTES, TRACES, LOG, *(path.name for path in folder.glob(f"{EVENTS}*"))])
        checksums.write(folder, RESULTS, csv_text(COLUMNS, rows))

    def _tell(self, stage: Literal["compiling", "training"]) -> None:
        self._report(Progress(self.training.name, self.done, self.training.iterations, stage))


def _train(begun: Sequence[_Begun]) -> None:
    """Train training runs that have done as many iterations, each to its end or until it diverges."""
    with ExitStack() as stack:
        for each in begun:
            stack.enter_context(each.logged())
        for chunk, reached in enumerate(_chunks_of(begun)):
            if not chunk:  # from here on there is something to save
                stack.enter_context(ending.postponed())
            for each, result in zip(begun, reached, strict=True):
                if not isinstance(result, NonFinite):
                    each.add(*result)
            asked = agreed(ending.asked())  # a later request waits for the next chunk: this one may save nothing
            for each, result in zip(begun, reached, strict=True):
                if not isinstance(result, NonFinite):
                    each.save(asked=asked)
            if asked:  # what diverged meanwhile is trained again from its last checkpoint
                ending.check(elsewhere=True)
            for each, result in zip(begun, reached, strict=True):
                if not isinstance(result, NonFinite):
                    each.tell()
                elif each.diverged is None:
                    each.diverge(result)


def _chunks_of(begun: Sequence[_Begun]) -> Iterator[list[tuple[TrainState, Metrics] | NonFinite]]:
    """Yield what each training run reaches with each chunk, or why it goes on no more."""
    first, budget = begun[0].training, begun[0].training.budget
    sizes = {"iterations": first.iterations, "meta_batch": budget.meta_batch, "chunk": budget.chunk}
    if len(begun) > 1:
        keys, states = [each.training.training_key() for each in begun], [each.state for each in begun]
        yield from train_side_by_side([each.system for each in begun], first.family, keys=keys, states=states, **sizes)
        return
    try:
        for reached in train(begun[0].system, first.family, key=first.training_key(), state=begun[0].state, **sizes):
            yield [reached]
    except NonFinite as error:
        yield [error]
