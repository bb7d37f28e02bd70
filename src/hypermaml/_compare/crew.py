"""Training runs in processes of their own: who starts them, hands out the work, and hears how far it is."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from hypermaml._compare.training_run import Progress, TrainingRun

WORKER = "HYPERMAML_WORKER"  # in the environment of a process that waits for the names of training runs
_OWN = "hypermaml: "  # begins a sentence of the program


class WorkerEnded(RuntimeError):
    """A process ended before its training run did."""


class _Worker:
    """A process, the training run that it has, and its last sentence."""

    def __init__(self, command: Sequence[str]):
        variables = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false", **os.environ, WORKER: "1"}  # an accelerator is shared
        # In a session of its own, so that Ctrl-C reaches the first process alone, which ends the others.
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="backslashreplace",
            env=variables,
            start_new_session=True,
        )
        self.name, self.sentence = "", ""
        self.listeners: list[threading.Thread] = []

    def give(self, name: str) -> None:
        """Hand out a training run; without a name there is none left."""
        self.name, stdin = name, self.process.stdin
        assert stdin is not None
        with suppress(OSError):  # it has ended, which its output tells
            if name:
                stdin.write(f"{name}\n")
                stdin.flush()
            else:
                stdin.close()

    def end(self) -> None:
        """Wait for the process, and for what it has said."""
        self.process.wait()
        for each in self.listeners:
            each.join()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with suppress(OSError):
                assert pipe is not None
                pipe.close()


class Crew:
    """Processes that train."""

    def __init__(self, command: Sequence[str], jobs: int, *, show: Callable[[str], None] = lambda _: None):
        """Begin.

        Args:
            command: starts a process that calls `hypermaml._compare.worker.serve`.
            jobs: processes, at least 1.
            show: called with each line that a process prints on standard error, but for the one that it ends with.
        """
        self._command, self._jobs, self._show = command, jobs, show
        self._workers: list[_Worker] = []
        self._heard: queue.Queue[tuple[_Worker, dict[str, Any] | str | None]] = queue.Queue()

    def __enter__(self) -> Crew:
        return self

    def start(self, jobs: int) -> None:
        """Start the processes, at most this many: they get ready while the first process prepares the run."""
        while len(self._workers) < min(jobs, self._jobs):
            worker = _Worker(self._command)
            self._workers.append(worker)
            for listen in (self._progress, self._sentences):
                worker.listeners.append(threading.Thread(target=listen, args=(worker,), daemon=True))
                worker.listeners[-1].start()

    def __exit__(self, *exception: object) -> None:
        """Ask the processes that still train to save and end, and wait for all."""
        for worker in self._workers:
            if worker.name:
                worker.process.terminate()  # the end of its orders would be a second request, which ends it at once
            else:
                worker.give("")
        for worker in self._workers:
            worker.end()

    def train(self, trainings: Sequence[TrainingRun], report: Callable[[Progress], None]) -> None:
        """Run these training runs, in their order, as many at a time as there are processes.

        Args:
            trainings: training runs whose facts are recorded.
            report: called with the progress of each.

        Raises:
            WorkerEnded: a process has ended before its training run; the others save and end.
        """
        self.start(len(trainings))
        left = [each.name for each in reversed(trainings)]
        for worker in self._workers:
            worker.give(left.pop() if left else "")
        while any(worker.name for worker in self._workers):
            worker, message = self._heard.get()
            if message is None:
                if worker.name:
                    raise WorkerEnded(self._reason(worker))
            elif isinstance(message, str):
                self._tell(worker, message)
            else:
                progress = Progress(**message)
                if progress.stage == "finished":
                    worker.give(left.pop() if left else "")
                report(progress)

    def _progress(self, worker: _Worker) -> None:
        assert worker.process.stdout is not None
        for line in worker.process.stdout:
            self._heard.put((worker, json.loads(line)))
        worker.process.wait()
        self._heard.put((worker, None))

    def _sentences(self, worker: _Worker) -> None:
        assert worker.process.stderr is not None
        for line in worker.process.stderr:
            self._heard.put((worker, line.rstrip("\n")))

    def _tell(self, worker: _Worker, line: str) -> None:
        """Show a line; a sentence of the program waits, since the last one is why the process ended."""
        if worker.sentence:
            self._show(worker.sentence)
        worker.sentence = line if line.startswith(_OWN) else ""
        if not worker.sentence:
            self._show(line)

    def _reason(self, worker: _Worker) -> str:
        status = worker.process.returncode
        if status < 0:
            name = signal.Signals(-status).name
            return (
                f"the process of {worker.name} was killed by {name}: --resume goes on; where memory is short, fewer "
                "--jobs need less"
            )
        for each in worker.listeners:
            each.join()
        while not self._heard.empty():
            other, message = self._heard.get()
            if other is worker and isinstance(message, str):
                self._tell(worker, message)
        return worker.sentence.removeprefix(_OWN) or f"the process of {worker.name} ended with status {status}"
