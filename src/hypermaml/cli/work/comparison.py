"""Run a comparison, and show its results."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any, cast

import hypermaml._compare.compare as comparing
from hypermaml._compare.comparison import Comparison
from hypermaml._compare.crew import WORKER, Crew
from hypermaml._compare.hosts import Lead, NoHosts, follow, joined
from hypermaml._compare.job import JOB
from hypermaml._compare.side_by_side import SideBySide
from hypermaml._compare.worker import serve, train_one
from hypermaml.cli.names import UsageError, enumerate_names
from hypermaml.cli.progress import Monitor, clock
from hypermaml.cli.running import Jobs, Machine, Place
from hypermaml.cli.terminal import errors, show_account
from hypermaml.cli.work.show import show_report
from hypermaml.report.run import report_run
from hypermaml.run.folder import RunFolder

if TYPE_CHECKING:
    from hypermaml._compare.job_array import JobArray
    from hypermaml._compare.link import Link

ONE = Jobs()


def run_comparison(
    comparison: Comparison,
    place: Place,
    *,
    machine: Machine,
    name: str,
    call: Sequence[str],
    files: Mapping[str, bytes] = MappingProxyType({}),
    jobs: Jobs = ONE,
) -> None:
    """Run a comparison, write the report, and print its tables, findings and paths.

    Args:
        comparison: what to run.
        place: where.
        machine: how it is computed.
        name: of the run folder, where none is given.
        call: the arguments, to be repeated in the advice after an interruption.
        files: by name, what the comparison was made from, to be kept in the folder.
        jobs: training runs at a time, and where they run.
    """
    comparison = replace(comparison, budget=comparison.experiment.fitted(comparison.budget))
    folder = place.folder(name)
    if machine.several and jobs != ONE:
        raise UsageError(
            "several --hosts train one training run after another: leave out --jobs, --submit and --seeds-at-once"
        )
    if machine.several and WORKER not in os.environ and JOB not in os.environ:
        with _hosts(comparison, machine, place.advice(folder, call)) as link:
            if link.number:
                comparison.experiment.prepare(lambda *_: None)
                with machine.used(), place.resumable(folder, call):
                    follow(link, comparison, partial(machine.used, together=True))
            else:
                lead = Lead(link, folder, partial(machine.used, together=True))
                _run(comparison, place, folder, machine=machine, call=call, files=files, jobs=jobs, hosts=lead)
        return
    if WORKER in os.environ or JOB in os.environ:
        comparison.experiment.prepare(lambda *_: None)
        with machine.used(), place.resumable(folder, call), _apart() as answers:
            if WORKER in os.environ:
                serve(comparison, folder, sys.stdin, answers)
            else:
                train_one(
                    comparison, folder, os.environ[JOB], lambda progress: print(progress, file=answers, flush=True)
                )
        return
    _run(comparison, place, folder, machine=machine, call=call, files=files, jobs=jobs)


def _run(
    comparison: Comparison,
    place: Place,
    folder: Path,
    *,
    machine: Machine,
    call: Sequence[str],
    files: Mapping[str, bytes],
    jobs: Jobs,
    hosts: Lead | None = None,
) -> None:
    """Run a comparison as the process that has the folder; see `run_comparison`."""
    began = time.monotonic()
    known = (folder / "config.json").exists()
    state = "finished before" if (folder / "summary.json").exists() else "resumed" if known else "new"
    if state == "new" or place.resume:  # otherwise an error is on its way
        errors().print(f"{_announcement(comparison)}, in {folder} ({state}).")
    if state == "new":
        show_account(comparison.experiment.account())
    with machine.used(), place.resumable(folder, call), Monitor(errors(), "starting") as monitor:
        comparison.experiment.prepare(monitor.prepare)
        monitor.expect(comparison.plan())

        def finish(run: RunFolder) -> None:
            monitor.say("writing the report")
            report_run(run)

        with ExitStack() as stack:
            crew = hosts or SideBySide(folder, jobs.together)
            if jobs.submit != "here":
                crew = stack.enter_context(_job_array(call, folder, jobs, monitor.show))
            elif jobs.jobs > 1:
                crew = stack.enter_context(Crew(_worker(call, folder), jobs.jobs, show=monitor.show))
            comparing.compare(
                comparison, folder, resume=place.resume, report=monitor, finish=finish, files=files, crew=crew
            )
    lost, training_runs = len(monitor.diverged), len(comparison.plan())
    if state != "finished before":
        lost_text = f"; {lost} of {training_runs} training runs diverged" if lost else ""
        errors().print(f"Finished in {clock(time.monotonic() - began)}{lost_text}.")
    show_report(folder)
    if lost == training_runs:
        raise FloatingPointError("every training run diverged, so that all scores are NaN")


@contextmanager
def _hosts(comparison: Comparison, machine: Machine, advice: str) -> Iterator[Link]:
    """Yield the line to the other processes, or raise `UsageError` where they cannot be found."""
    try:
        stack = ExitStack()
        link = stack.enter_context(
            joined(
                comparison,
                coordinator=machine.coordinator,
                processes=machine.counted,
                number=machine.process,
                advice=advice,
            )
        )
    except NoHosts as error:
        raise UsageError(f"--hosts {machine.hosts}: {error}") from None
    with stack:
        yield link


@contextmanager
def _apart() -> Iterator[IO[str]]:
    """Yield standard output, and send what anything else prints there to standard error."""
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        yield answers


def _worker(call: Sequence[str], folder: Path) -> list[str]:
    """Return the command of a process that trains for this one."""
    again = [*call, "--out", str(folder), *([] if "--resume" in call else ["--resume"])]
    return [sys.executable, "-c", "from hypermaml.cli import main; main()", *again]


def _job_array(call: Sequence[str], folder: Path, jobs: Jobs, show: Callable[[str], None]) -> JobArray:
    """Return the jobs that train for this process."""
    from hypermaml._compare.job_array import JobArray

    folder = folder.absolute()
    return JobArray(
        _worker(call, folder),
        jobs.jobs,
        cluster=cast(Any, jobs.submit),
        folder=folder / "jobs",
        finished=lambda name: RunFolder(folder, {}).finished(name),
        options=dict(option.split("=", 1) for option in jobs.slurm),
        show=show,
    )


def _announcement(comparison: Comparison) -> str:
    family, several = comparison.experiment.name, len(comparison.methods) > 1
    variant = comparison.experiment.variant()
    seeds = f"seeds 0..{len(comparison.seeds) - 1}" if len(comparison.seeds) > 1 else f"seed {comparison.seeds[0]}"
    return (
        f"{'Comparing' if several else 'Training'} {enumerate_names(comparison.methods)} on {family}"
        f"{f' ({variant})' if variant else ''}: descriptor {enumerate_names(comparison.descriptors)}, {seeds}, "
        f"{comparison.budget.iterations:,} meta-iterations of {comparison.budget.meta_batch} tasks"
    )
