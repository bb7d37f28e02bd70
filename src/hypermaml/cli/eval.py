"""Evaluate the checkpoints of a run on fresh tasks, also with other numbers of tasks and inner steps."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Annotated, Optional, get_args

import tyro

from hypermaml._misc.checks import check_seed
from hypermaml._misc.tables import csv_text
from hypermaml.cli.names import UsageError, check_known, leading
from hypermaml.cli.parse import OptionalInt, OptionalPath, parse
from hypermaml.cli.runs import load
from hypermaml.experiments.experiment import Descriptor

OptionalDescriptor = Optional[Descriptor]  # noqa: UP045, see OptionalInt
OptionalText = Optional[str]  # noqa: UP045
_AS_IN_TRAINING = "(default: as in training)"


@dataclass(frozen=True)
class Options:
    """The fresh tasks."""

    tasks: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint=_AS_IN_TRAINING)] = None
    """Tasks of a split, >= 1."""
    steps: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint=_AS_IN_TRAINING)] = None
    """Inner steps N, >= 1."""
    descriptor: Annotated[
        OptionalDescriptor,
        tyro.conf.arg(metavar="{" + ",".join(get_args(Descriptor)) + "}", help_behavior_hint=_AS_IN_TRAINING),
    ] = None
    """How the fresh tasks are described; of another width than in training it cannot be read."""
    split: Annotated[
        OptionalText,
        tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: each test split)"),
    ] = None
    """A split of the family: meta-train, meta-validation, meta-test or another one."""
    seed: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: the next one)")] = None
    """Decides the fresh tasks; a seed of the run gives that seed's own, >= 0."""
    out: Annotated[OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: none)")] = None
    """A CSV file for the scores of each task, in the columns of a run's results.csv."""

    def __post_init__(self):
        for name in ("tasks", "steps"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} is {value}, but it must be at least 1")
        if self.seed is not None:
            check_seed(self.seed)


def run(args: list[str]) -> None:
    """Evaluate."""
    names, rest = leading(args, ["RUN"], "eval")
    (options,) = parse((Options(),), rest, prog="hypermaml eval RUN", about=__doc__ or "")
    folder = options.out and options.out.absolute().parent
    if options.out and (options.out.is_dir() or not (folder.is_dir() and os.access(folder, os.W_OK))):
        raise UsageError(f"--out: cannot write {options.out}; name a file in a folder that exists and may be written")
    if options.out and options.out.exists() and not options.out.read_bytes().startswith(b"family,"):
        raise UsageError(f"--out: {options.out} exists and holds no scores; name another file")
    from hypermaml._compare.evaluation import evaluate_run
    from hypermaml._compare.record import Record
    from hypermaml._compare.records import FIELDS
    from hypermaml.cli.progress import Monitor
    from hypermaml.cli.terminal import errors, show_scores
    from hypermaml.report.results import results_of

    with Monitor(errors(), "starting") as monitor:
        run, comparison = load(names[0])
        record = Record.read(run)
        if options.split is not None:
            check_known("split", options.split, record.splits)
        seed = max(comparison.seeds) + 1 if options.seed is None else options.seed
        rows = evaluate_run(
            comparison,
            run,
            seed=seed,
            tasks=options.tasks,
            steps=options.steps,
            descriptor=options.descriptor,
            split=options.split,
            report=monitor,
        )
    count = len({row[FIELDS.index("task")] for row in rows})
    errors().print(f"{count} tasks of each split, drawn with seed {seed}.")
    if options.out is not None:
        options.out.write_text(csv_text(FIELDS, rows), encoding="utf-8", newline="")
    show_scores(results_of([tuple(map(str, row)) for row in rows], record, source="the evaluation"))
