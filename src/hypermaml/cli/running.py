"""Common parts of `compare` and `train`: the run folder, progress, and the tables at the end."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from hypermaml._compare.comparison import Comparison
from hypermaml.cli.names import check_known, enumerate_names
from hypermaml.cli.parse import OptionalPath, glance
from hypermaml.experiments.experiment import Experiment, Preset
from hypermaml.run.folder import RunFolder


@dataclass(frozen=True)
class Size:
    """The defaults of the budget."""

    preset: Preset = "quick"
    """The budget that the other options change."""


def preset_of(kind: type[Experiment], args: Sequence[str]) -> Preset:
    """Return the preset that the arguments name.

    Raises:
        UsageError: the family has none of this name.
    """
    (size,) = glance((Size(),), args)
    check_known("preset", size.preset, kind.presets)
    return size.preset


@dataclass(frozen=True)
class Place:
    """The folder of a run."""

    out: Annotated[OptionalPath, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: a new one in runs/)")] = (
        None
    )
    """The run folder."""
    resume: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Go on with the run in the folder, without --out with the newest of this name, or start it."""

    def folder(self, name: str) -> Path:
        """Return the run folder: as given, or `runs/NAME`, `runs/NAME-2`, … : to resume the last one that exists."""
        if self.out is not None:
            return self.out
        folders, number = [Path("runs", name)], 1
        while folders[-1].exists():
            number += 1
            folders.append(Path("runs", f"{name}-{number}"))
        return folders[-2] if self.resume and number > 1 else folders[-1]

    @contextmanager
    def resumable(self, folder: Path, call: Sequence[str]) -> Iterator[None]:
        """Name the command that goes on, where an interruption ends the block."""
        try:
            yield
        except KeyboardInterrupt:
            again = [*call, *([] if self.out else ["--out", str(folder)]), *([] if self.resume else ["--resume"])]
            raise KeyboardInterrupt(f"interrupted; go on with: hypermaml {shlex.join(again)}") from None


def execute(comparison: Comparison, place: Place, *, name: str, call: Sequence[str]) -> None:
    """Run a comparison, write the report, and print its tables, findings and paths.

    Args:
        comparison: what to run.
        place: where.
        name: of the run folder, where none is given.
        call: the arguments, to be repeated in the advice after an interruption.
    """
    from hypermaml.cli.progress import Monitor, clock
    from hypermaml.cli.terminal import errors

    folder, began = place.folder(name), time.monotonic()
    known = (folder / "config.json").exists()
    state = "finished before" if (folder / "summary.json").exists() else "resumed" if known else "new"
    if state == "new" or place.resume:  # otherwise an error is on its way
        errors().print(f"{_announcement(comparison)}, in {folder} ({state}).")
    with place.resumable(folder, call), Monitor(errors(), "starting") as monitor:
        from hypermaml._compare.compare import compare
        from hypermaml.report.run import report_run

        comparison.experiment.prepare(monitor.prepare)
        monitor.expect(comparison.plan())

        def finish(run: RunFolder) -> None:
            monitor.say("writing the report")
            report_run(run)

        compare(comparison, folder, resume=place.resume, report=monitor, finish=finish)
    lost, training_runs = len(monitor.diverged), len(comparison.plan())
    if state != "finished before":
        told = f"; {lost} of {training_runs} training runs diverged" if lost else ""
        errors().print(f"Finished in {clock(time.monotonic() - began)}{told}.")
    show_report(folder)
    if lost == training_runs:
        raise FloatingPointError("every training run diverged, so that all scores are NaN")


def show_report(folder: Path) -> None:
    """Print the tables, the findings and the paths of a run's report."""
    from hypermaml.cli.terminal import show_findings, show_paths, show_scores
    from hypermaml.report import load_run

    results = load_run(folder)
    show_scores(results)
    show_findings(results)
    show_paths(folder)


def _announcement(comparison: Comparison) -> str:
    family, several = comparison.experiment.name, len(comparison.methods) > 1
    variant = comparison.experiment.variant()
    seeds = f"seeds 0..{len(comparison.seeds) - 1}" if len(comparison.seeds) > 1 else f"seed {comparison.seeds[0]}"
    return (
        f"{'Comparing' if several else 'Training'} {enumerate_names(comparison.methods)} on {family}"
        f"{f' ({variant})' if variant else ''}: descriptor {enumerate_names(comparison.descriptors)}, {seeds}, "
        f"{comparison.budget.iterations:,} meta-iterations of {comparison.budget.meta_batch} tasks"
    )
