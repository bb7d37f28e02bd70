"""Evaluate the checkpoints of a run on fresh tasks, also with other numbers of tasks and inner steps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Optional, get_args

import tyro

from hypermaml._misc.checks import check_seed
from hypermaml.cli.files import check_output_file
from hypermaml.cli.names import UsageError, leading
from hypermaml.cli.parse import NOTHING, Names, OptionalInt, OptionalPath, parse
from hypermaml.experiments.experiment import Descriptor

OptionalDescriptor = Optional[Descriptor]  # noqa: UP045, see OptionalInt
OptionalText = Optional[str]  # noqa: UP045
_AS_IN_TRAINING = "(default: as in training)"


@dataclass(frozen=True)
class Options:
    """The fresh tasks."""

    tasks: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint=_AS_IN_TRAINING)] = None
    """Tasks of a split, >= 1; at most as many as it has."""
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
    files: Annotated[Names, tyro.conf.arg(metavar="OPTION=PATH [OPTION=PATH ...]")] = NOTHING
    """Where data of the training are now, as rows=data/rows.csv; their contents must be as they were."""
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
    check_output_file(options.out, {"": b"family,"})
    # The scores of the run, and those of each of its training runs, are files of this name.
    out, folder = options.out, Path(names[0]).resolve()
    if out is not None and out.exists() and out.name == "results.csv" and folder in out.resolve().parents:
        raise UsageError(f"--out: {out} is a file of the run, which would lose it; name another file")

    from hypermaml.cli.work.evaluation import evaluate

    evaluate(names[0], options)
