"""The checkpoints of a run on fresh tasks, with more tasks or inner steps if you like."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Optional

import tyro

from hypermaml.cli.names import UsageError, leading
from hypermaml.cli.parse import OptionalInt, OptionalPath, parse
from hypermaml.cli.runs import load
from hypermaml.experiments.experiment import Descriptor

OptionalDescriptor = Optional[Descriptor]  # noqa: UP045, see OptionalInt
_AS_IN_TRAINING = "(default: as in training)"


@dataclass(frozen=True)
class Options:
    """How the run is evaluated."""

    tasks: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint=_AS_IN_TRAINING)] = None
    """Tasks of each test split, >= 1."""
    steps: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint=_AS_IN_TRAINING)] = None
    """Inner steps N, >= 1."""
    descriptor: Annotated[
        OptionalDescriptor, tyro.conf.arg(metavar="{full,partial,noisy,none}", help_behavior_hint=_AS_IN_TRAINING)
    ] = None
    """How the fresh tasks are described; of another width than in training it cannot be read."""
    seed: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: the next one)")] = None
    """Decides the fresh tasks; a seed of the run gives that seed's own, >= 0."""
    out: Annotated[OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: none)")] = None
    """A CSV file for the scores of each task, in the columns of a run's results.csv."""

    def __post_init__(self):
        for name, least in {"tasks": 1, "steps": 1, "seed": 0}.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(f"{name} is {value}, but it must be at least {least}")


def run(args: list[str]) -> None:
    """Evaluates."""
    names, rest = leading(args, ["RUN"], "eval")
    (options,) = parse((Options(),), rest, prog="hypermaml eval RUN", about=__doc__ or "")
    if options.out and not (
        options.out.absolute().parent.is_dir() and os.access(options.out.absolute().parent, os.W_OK)
    ):
        raise UsageError(f"--out: cannot write {options.out}; name a file in a folder that exists and may be written")
    from hypermaml.cli.progress import Monitor
    from hypermaml.cli.terminal import errors, show_scores

    with Monitor(errors(), "starting") as monitor:
        folder, comparison = load(names[0])

        from hypermaml.compare.evaluation import evaluate_run
        from hypermaml.compare.records import FIELDS
        from hypermaml.report import load_results

        rows = evaluate_run(
            comparison,
            folder,
            seed=max(comparison.seeds) + 1 if options.seed is None else options.seed,
            tasks=options.tasks,
            steps=options.steps,
            descriptor=options.descriptor,
            report=monitor,
        )
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([FIELDS, *rows])
    with tempfile.TemporaryDirectory() as scratch:
        path = options.out or Path(scratch, "results.csv")
        path.write_text(table.getvalue(), encoding="utf-8", newline="")
        results = load_results(path)
    show_scores(results)
