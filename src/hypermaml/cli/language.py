"""Adapt the language model of a trained run to your own task, from a definition and a few examples.

`hypermaml language adapt RUN --definition TEXT --out DIR` writes a LoRA in a folder that the package peft loads beside
the language model. Without --examples the LoRA is the one that the method generates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import tyro

from hypermaml.cli.files import check_output_folder
from hypermaml.cli.names import UsageError, check_known, leading
from hypermaml.cli.parse import OptionalInt, OptionalPath, parse

ACTIONS = ("adapt",)


@dataclass(frozen=True)
class Options:
    """Options of the task, and the folder of the LoRA."""

    definition: Annotated[str, tyro.conf.arg(help_behavior_hint="(required)")] = ""
    """The definition of the task, in words."""
    examples: Annotated[OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: none)")] = None
    """A file with an object on each line, {"input": …, "output": …}. Without it no inner step is taken."""
    out: Annotated[OptionalPath, tyro.conf.arg(metavar="DIR", help_behavior_hint="(required)")] = None
    """The folder of the LoRA. Files of an older LoRA in it are replaced."""
    ask: str = ""
    """An input that the adapted model answers."""
    method: str = "hypermaml"
    """A method of the run. A method that reads no description starts alike for all tasks."""
    seed: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: the first)")] = None
    """Seed of the training run."""
    steps: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: as in the run)")] = None
    """Inner steps on the examples, >= 1."""

    def __post_init__(self):
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"steps is {self.steps}, but it must be at least 1")
        if self.steps is not None and self.examples is None:
            raise ValueError("--steps are inner steps on examples: name a file of them with --examples")


def run(args: list[str]) -> None:
    """Adapt, write the LoRA, and answer."""
    names, rest = leading(args, ["ACTION", "RUN"], "language")
    if names:
        check_known("action", names[0], ACTIONS)
    (options,) = parse((Options(),), rest, prog="hypermaml language adapt RUN", about=__doc__ or "")
    for name, value in {"--definition": options.definition.strip(), "--out": options.out}.items():
        if not value:
            raise UsageError(f"{name} is missing: write hypermaml language adapt RUN --definition TEXT --out DIR")
    assert options.out is not None
    check_output_folder(options.out)

    from hypermaml.cli.work.language import adapt

    adapt(names[1], options, options.out)
