"""Check a family of tasks, and a method on it, for faults that training would not show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from hypermaml._misc.checks import check_seed
from hypermaml.cli.family_verb import FamilyCall
from hypermaml.cli.names import check_any_method, check_known
from hypermaml.cli.running import Size
from hypermaml.experiments.experiment import Descriptor

ABOUT = (
    "Check a family of tasks, and a method on it, for faults that training would not show: one line for each check, "
    "and exit status 1 where one fails."
)


@dataclass(frozen=True)
class Options(Size):
    """The method, the description of the tasks, and the seed."""

    method: str = "maml"
    """A name as `hypermaml list` gives it, or a method of your own: my_methods.py:NAME."""
    descriptor: Descriptor = "full"
    """How tasks are described."""
    seed: int = 0
    """Seed of the tasks, data and weights of the checks, >= 0."""

    def __post_init__(self):
        check_seed(self.seed)


def run(args: list[str]) -> None:
    """Check, and print a line for each finding."""
    call = FamilyCall.read("check", args, (Options(),), about=ABOUT)
    kind = call.family
    given = Options(descriptor=kind.described[0])
    options, experiment = call.options((given, kind.at(call.preset)))
    check_known("descriptor", options.descriptor, kind.describes)
    method = check_any_method(options.method, kind)

    from hypermaml.cli.work.check import check

    check(experiment, method, descriptor=cast(Descriptor, options.descriptor), seed=options.seed)
