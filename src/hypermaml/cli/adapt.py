"""Adapt a trained method to tasks of your own, from a description, a few examples, or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Optional

import tyro

from hypermaml.cli.files import check_new, check_output_folder
from hypermaml.cli.names import UsageError, leading
from hypermaml.cli.parse import NOTHING, Names, OptionalInt, OptionalPath, parse

OptionalText = Optional[str]  # noqa: UP045, see OptionalInt
ABOUT = (
    "Adapt a trained method to a task of your own, from its description, a few examples, or both. RUN is the folder of "
    "a run, or a file that Trained.save wrote. With --tasks it adapts to many tasks at once."
)


@dataclass(frozen=True)
class Options:
    """Options of the task, and the file of the model."""

    description: str = ""
    """What is known of the task: 'sector=private,size=900' for a table, '2.0,1.0' for numbers, words for language."""
    support: Annotated[OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: none)")] = None
    """Examples: a table with the target, or for language a file with {"input": …, "output": …} on each line."""
    tasks: Annotated[OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: none)")] = None
    """Many tasks instead of one: {"name": …, "description": …, "support": …} on each line."""
    out: Annotated[OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(required)")] = None
    """The adapted model: any file for hypermaml predict, or .onnx, .stablehlo, .safetensors; for language a folder.
    With --tasks the folder of all models."""
    ask: str = ""
    """For language: an input that the adapted model answers, or each of them."""
    method: Annotated[OptionalText, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: the only one)")] = None
    """A method of the run."""
    seed: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: the only one)")] = None
    """A seed of the run."""
    descriptor: Annotated[OptionalText, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: full)")] = None
    """How the tasks of the training are described; a descriptor of the run."""
    steps: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: as in training)")] = None
    """Inner steps on the examples, >= 0."""
    files: Annotated[Names, tyro.conf.arg(metavar="OPTION=PATH [OPTION=PATH ...]")] = NOTHING
    """Where data of the training are now, as rows=data/rows.csv; their contents must be as they were."""
    overwrite: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Replace the file or the folder of --out."""

    def __post_init__(self):
        if self.steps is not None and self.steps < 0:
            raise ValueError(f"steps is {self.steps}, but it must be at least 0")
        if self.tasks is not None and (self.description.strip() or self.support is not None):
            raise ValueError(
                "--tasks names a file with descriptions and examples: leave out --description and --support"
            )
        if self.steps and self.support is None and self.tasks is None:
            raise ValueError("--steps are inner steps on examples: name a file of them with --support")


def run(args: list[str]) -> None:
    """Adapt, and write the model."""
    names, rest = leading(args, ["RUN"], "adapt")
    (options,) = parse((Options(),), rest, prog="hypermaml adapt RUN", about=ABOUT)
    if options.out is None:
        raise UsageError("--out is missing: write hypermaml adapt RUN --description TEXT --support FILE --out FILE")
    one = options.tasks is None and options.out.suffix != ""
    check_new(options.out, overwrite=options.overwrite, file=one)
    if options.tasks is not None:
        check_output_folder(options.out)

    from hypermaml.cli.work.adapt import adapt

    adapt(names[0], options, options.out)
