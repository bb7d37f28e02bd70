"""Show how far a run is: a bar on a terminal, otherwise plain lines, at least one every ten seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from hypermaml._compare.training_run import PlannedRun, Progress, TrainingRun

SECONDS_BETWEEN_LINES = 10.0
PERIOD = 0.5  # s, after which a thread looks whether a line is due
BESIDE = 3  # training runs that a bar names
PATIENCE = 2.0  # s until a drawing is worth a line


class Monitor:
    """Shows the training run, the meta-iterations of the whole command, their rate and the time left.

    Attributes:
        diverged: the training runs that were told to have diverged.
    """

    def __init__(self, console: Console, task: str):
        """Begins.

        Args:
            console: standard error.
            task: what is happening until the first training run begins.
        """
        self._console, self._live = console, console.is_terminal and not console.is_dumb_terminal
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[numbers]}"),
            console=console,
            refresh_per_second=5,
            transient=True,
            expand=True,
            disable=not self._live,
        )
        self._row = self._bar.add_task(task, total=None, numbers="")
        self._iterations: dict[str, int] = {}
        self._done: dict[str, int] = {}
        self._resumed: dict[str, int] = {}
        self.diverged: list[str] = []
        self._began = self._line = time.monotonic()
        self._described = True
        self._starts: dict[str, float] = {}
        self._clocks: dict[str, tuple[float, int]] = {}  # of the rate: after the first chunk, which was compiled
        self._task = task
        self._running: dict[str, Progress] = {}  # several at a time with several processes
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Monitor:
        self._bar.start()
        if not self._live:
            self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self._bar.stop()

    def _watch(self) -> None:
        while not self._ended.wait(PERIOD):
            self.beat()

    def beat(self) -> None:
        """Print where the run stands, if the last line is older than ten seconds."""
        with self._lock:
            now = time.monotonic()
            if now - self._line >= SECONDS_BETWEEN_LINES:
                self._line = now
                for what in [self._plain(each, now) for each in self._running.values()] or [self._task]:
                    self._console.print(f"{what} ({clock(now - self._began)} so far)")

    def expect(self, trainings: Sequence[PlannedRun | TrainingRun]) -> None:
        """Set the training runs that are to come."""
        self._iterations = {training.name: training.iterations for training in trainings}
        self._described = len({training.name.partition("/")[0] for training in trainings} - {"any"}) > 1
        self._bar.update(self._row, total=max(sum(self._iterations.values()), 1))

    def say(self, task: str) -> None:
        """Show the work that follows the training runs."""
        self._task = task
        self._running.clear()
        self._bar.update(self._row, description=task, numbers="")

    def show(self, line: str) -> None:
        """Print a line of another process."""
        with self._lock:
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def draw(self, done: int, total: int, what: str = "frames", *, doing: str = "drawing") -> None:
        """Show how many frames of a video, or others, are drawn; without a bar a line says so where it takes long."""
        now = time.monotonic()
        if done == 1:
            self._line = now
        self.say(f"{doing} {what}: {done:,} of {total:,}")
        if not self._live and done < total and now - self._line > PATIENCE:
            self._line = now + SECONDS_BETWEEN_LINES - PATIENCE
            self._console.print(f"{doing}: {done:,} of {total:,} {what}")

    def prepare(self, done: int, total: int, what: str) -> None:
        """Show the progress of what a family needs once."""
        self.draw(done, total, what, doing="preparing")

    def __call__(self, progress: Progress) -> None:
        """Shows where the run stands."""
        with self._lock:
            self._show(progress)

    def _show(self, progress: Progress) -> None:
        now, training = time.monotonic(), progress.name
        self._task = "gathering the scores"  # once nothing is under way
        if progress.stage == "diverged":
            self.diverged.append(training)
        if progress.message:
            what = "diverged: " if progress.stage == "diverged" else ""
            self._console.print(f"{self._name(training)} {what}{progress.message}", style="yellow")
        self._starts.setdefault(training, now)
        if progress.stage in ("preparing", "compiling"):
            # What a checkpoint held before costs no time now, and compilation is no iteration.
            self._resumed[training] = progress.iteration
            self._clocks.pop(training, None)
        rate = self._rate(progress, now)
        self._done[training], self._running[training] = progress.iteration, progress
        if progress.stage == "finished":
            del self._running[training]
        if self._live:
            text = "[dim]" + ("" if progress.stage == "finished" else progress.stage)
            total = sum(self._iterations.values())
            parts = [f"{sum(self._done.values()):,}/{total:,}" if total else "", rate, self._left(now)]
            numbers = " · ".join(part for part in parts if part)
            self._bar.update(
                self._row,
                completed=sum(self._done.values()),
                description=f"{', '.join(map(self._name, [*self._running][-BESIDE:])) or self._name(training)} {text}",
                numbers=numbers,
            )
        elif progress.stage == "finished":
            self._line = now
            self._console.print(self._plain(progress, now))

    def _rate(self, progress: Progress, now: float) -> str:
        if progress.stage != "training" or not progress.iteration:
            return ""
        if progress.name not in self._clocks:
            self._clocks[progress.name] = now, progress.iteration
            return ""
        then, counted = self._clocks[progress.name]
        rate = (progress.iteration - counted) / max(now - then, 1e-9)
        return f"{rate:,.0f} it/s" if rate >= 10 else f"{rate:.1f} it/s"

    def _left(self, now: float) -> str:
        new = sum(done - self._resumed.get(training, done) for training, done in self._done.items())
        rest = sum(self._iterations.values()) - sum(self._done.values())
        return f"{clock((now - self._began) / new * rest)} left in all" if new and rest else ""

    def _name(self, training: str) -> str:
        """The folder's name `full/maml/0` in words; `any` is the descriptor of methods that read none."""
        descriptor, method, seed = training.split("/")
        return f"{method}{f' ({descriptor})' if self._described and descriptor != 'any' else ''} seed {seed}"

    def _plain(self, progress: Progress, now: float) -> str:
        trainings = list(self._iterations)
        place = f"[{trainings.index(progress.name) + 1}/{len(trainings)}] " if progress.name in trainings else ""
        if progress.stage != "finished":
            text = f"{progress.iteration:,} of {progress.iterations:,} iterations"
            text = text if progress.stage == "training" else f"{progress.stage}, {text}"
            left = self._left(now)
            text += f", {left}" if left else ""
        elif trainings and progress.name not in self._resumed:
            text = "finished before"
        elif progress.name in self.diverged:
            text = f"diverged, {clock(now - self._starts[progress.name])}"
        else:
            done = "measured" if trainings else "evaluated"
            if progress.name in trainings:
                done = f"{progress.iterations:,} iterations"
            text = f"{done}, {clock(now - self._starts[progress.name])}"
        return f"{place}{self._name(progress.name)}: {text}"


def clock(seconds: float) -> str:
    """`m:ss`, or `h:mm:ss` from an hour on."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
