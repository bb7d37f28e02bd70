"""Training runs that differ in their seed alone, as one compiled program: one of them would not fill an accelerator."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import jax

from hypermaml._compare.training import run_side_by_side
from hypermaml._compare.training_run import Progress, TrainingRun
from hypermaml._misc.checks import check_count
from hypermaml.run.folder import RunFolder
from hypermaml.run.lock import locked


class SideBySide:
    """This process as a crew of `compare`: it trains one method after another, several seeds of it together."""

    def __init__(self, folder: Path, at_once: int | Literal["auto"] = "auto"):
        """Begin.

        Args:
            folder: of the run.
            at_once: the most seeds that train as one program, at least 1. `auto` is all of them on an accelerator, and
                1 on a processor, which one seed fills.

        Raises:
            ValueError: the number is below 1.
        """
        self._folder = folder
        self._most = None if at_once == "auto" else check_count("seeds_at_once", at_once)

    def start(self, jobs: int) -> None:
        """Do nothing: there is nobody to call."""

    def train(self, trainings: Sequence[TrainingRun], report: Callable[[Progress], None]) -> None:
        """Run these training runs.

        Args:
            trainings: training runs whose facts are recorded.
            report: called with the progress of each.

        Raises:
            RunInUse: another process trains one of them.
            CheckpointError, RunFolderError, Ended, OSError: see `run_side_by_side`.
        """
        for group in self._groups(trainings):
            folders = [RunFolder(self._folder, {}).training_run(each.name) for each in group]
            with ExitStack() as stack:
                for folder in folders:  # a process of an earlier start may still be saving
                    stack.enter_context(locked(folder))
                run_side_by_side(group, folders, report)
            for each in group:
                report(Progress(each.name, each.iterations, each.iterations, "finished"))

    def _groups(self, trainings: Sequence[TrainingRun]) -> list[list[TrainingRun]]:
        """Return the training runs that go together, in the order of the first of each."""
        most = self._most or (len(trainings) if jax.default_backend() != "cpu" else 1)
        open_groups, groups = dict[Hashable, list[TrainingRun]](), list[list[TrainingRun]]()
        for each in trainings:
            kind = each.name.rpartition("/")[0]  # descriptor and method
            group = open_groups.get(kind)
            if group is None or len(group) >= most or each.family.on_host or not each.iterations:
                open_groups[kind] = group = []
                groups.append(group)
            group.append(each)
        return groups
