"""Show the trained methods of a run on a local page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Optional

import tyro

from hypermaml.cli.names import leading
from hypermaml.cli.parse import NOTHING, Names, OptionalInt, parse
from hypermaml.explore.extra import check_installed

OptionalText = Optional[str]  # noqa: UP045, see OptionalInt
ABOUT = (
    "Show the trained methods of a run on a local page: change the description and the support of a task, and "
    "see each model before and after each inner step. RUN is the folder of a run of sine, navigation or a table with "
    "one or two inputs. Ctrl-C ends the program."
)
LARGEST_PORT = 65535


@dataclass(frozen=True)
class Options:
    """Options of the page."""

    methods: Annotated[
        Names, tyro.conf.arg(metavar="NAME ...", help_behavior_hint="(default: maml hypermaml, or the first two)")
    ] = NOTHING
    """Methods of the run, at most four."""
    seed: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: the first)")] = None
    """A seed of the run."""
    descriptor: Annotated[OptionalText, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: the first)")] = None
    """How the tasks are described; a descriptor of the run."""
    steps: int = 3
    """Inner steps N, >= 1 and <= 20."""
    files: Annotated[Names, tyro.conf.arg(metavar="OPTION=PATH [OPTION=PATH ...]")] = NOTHING
    """Where data of the training are now, as rows=data/rows.csv; their contents must be as they were."""
    port: int = 8711
    """Port of the page on this computer; 0 takes a free one."""
    no_open: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Print the address alone, and open no browser."""

    def __post_init__(self):
        if not 1 <= self.steps <= 20:
            raise ValueError(f"steps is {self.steps}, but it must be at least 1 and at most 20")
        if not 0 <= self.port <= LARGEST_PORT:
            raise ValueError(f"port is {self.port}, but it must be at least 0 and at most {LARGEST_PORT}")


def run(args: list[str]) -> None:
    """Serve the page until the user ends the program."""
    names, rest = leading(args, ["RUN"], "explore")
    (options,) = parse((Options(),), rest, prog="hypermaml explore RUN", about=ABOUT)
    check_installed()

    from hypermaml.cli.work.explore import explore

    explore(names[0], options)
