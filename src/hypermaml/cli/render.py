"""Draw the robot of a trained method on one held-out task, before and after adaptation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Optional, get_args

import tyro

from hypermaml.cli.files import check_output_file
from hypermaml.cli.names import leading
from hypermaml.cli.parse import OptionalInt, OptionalPath, parse
from hypermaml.experiments.experiment import Descriptor

OptionalText = Optional[str]  # noqa: UP045, see OptionalInt
OptionalDescriptor = Optional[Descriptor]  # noqa: UP045
PICTURES = {".png": b"\x89PNG", ".svg": b"<?xml", ".gif": b"GIF8"}


@dataclass(frozen=True)
class Options:
    """Options of the picture."""

    method: Annotated[
        OptionalText, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: hypermaml, or the run's first)")
    ] = None
    """A method of the run."""
    task: int = 0
    """Number of the task in its split, >= 0."""
    split: Literal["meta-test", "extrapolation"] = "meta-test"
    """The split of the task."""
    descriptor: Annotated[
        OptionalDescriptor,
        tyro.conf.arg(metavar="{" + ",".join(get_args(Descriptor)) + "}", help_behavior_hint="(default: the first)"),
    ] = None
    """How the tasks are described; a description of the run."""
    seed: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: the first)")] = None
    """Seed of the training run, which also gives the tasks."""
    steps: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: as in training)")] = None
    """Inner steps N, >= 1."""
    out: Annotated[
        OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: RUN/render/METHOD-taskN.png)")
    ] = None
    """The picture: a .png or .svg file for a strip of frames, or a .gif file for a video."""

    def __post_init__(self):
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"steps is {self.steps}, but it must be at least 1")
        if self.task < 0:
            raise ValueError(f"task is {self.task}, but it must be at least 0")


ABOUT = (
    "Draw the robot of a trained method on one held-out task, before and after adaptation, as a strip of frames or a "
    "video."
)


def run(args: list[str]) -> None:
    """Draw the picture."""
    names, rest = leading(args, ["RUN"], "render")
    (options,) = parse((Options(),), rest, prog="hypermaml render RUN", about=ABOUT)
    check_output_file(options.out, PICTURES)

    from hypermaml.cli.work.render import render

    render(names[0], options)
