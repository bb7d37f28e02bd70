"""A process that trains what another one hands out; see `hypermaml._compare.crew` and `job_array`."""

from __future__ import annotations

import json
import os
import queue
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.training import run_training
from hypermaml._compare.training_run import Progress, TrainingRun
from hypermaml.run.folder import RunFolder
from hypermaml.run.lock import locked


def serve(comparison: Comparison, folder: Path, orders: IO[str], answers: IO[str]) -> None:
    """Train each training run whose name is read, until there are no more.

    The end of the orders while a training run is under way means that the first process has ended: this one then saves
    and ends, too.

    Args:
        comparison: what is compared.
        folder: of the run, which another process has made and prepared.
        orders: names of training runs, one a line.
        answers: gets the progress, as one JSON object a line.

    Raises:
        RunInUse: another process trains one of them.
        Ended: the process was asked to end; a checkpoint is written.
    """
    names: queue.Queue[str] = queue.Queue()
    busy, over = threading.Event(), threading.Event()

    def listen() -> None:
        for line in orders:
            names.put(line.strip())
        over.set()
        names.put("")
        if busy.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    def report(progress: Progress) -> None:
        with suppress(OSError):  # the first process has ended, which the end of the orders says
            print(json.dumps(asdict(progress)), file=answers, flush=True)

    threading.Thread(target=listen, daemon=True).start()
    planned = {each.name: each for each in comparison.plan()}
    families = comparison.build_families()
    while name := names.get():
        busy.set()
        if over.is_set():  # nobody waits for it
            return
        try:
            train_into(folder, planned[name].with_family(families[planned[name].descriptor]), report)
        finally:
            busy.clear()


def train_one(comparison: Comparison, folder: Path, name: str, report: Callable[[Progress], None]) -> None:
    """Train one training run, unless it is finished.

    Args:
        comparison: what is compared.
        folder: of the run, which another process has made and prepared.
        name: of the training run.
        report: called with its progress.

    Raises:
        RunInUse: another process trains it.
        Ended: the process was asked to end; a checkpoint is written.
    """
    if not RunFolder(folder, {}).finished(name):
        planned = next(each for each in comparison.plan() if each.name == name)
        train_into(folder, planned.with_family(comparison.build_families()[planned.descriptor]), report)


def train_into(folder: Path, training: TrainingRun, report: Callable[[Progress], None]) -> None:
    """Train a training run.

    Args:
        folder: of the run.
        training: the training run.
        report: called with its progress.
    """
    report(Progress(training.name, 0, training.iterations, "compiling"))
    path = RunFolder(folder, {}).training_run(training.name)
    with locked(path):
        run_training(training, path, report)
    report(Progress(training.name, training.iterations, training.iterations, "finished"))
