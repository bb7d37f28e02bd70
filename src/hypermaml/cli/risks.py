"""Measure six risks of generated initializations on one family, and write a report."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypermaml.cli.family_verb import FamilyCall
from hypermaml.cli.names import check_known, check_method
from hypermaml.cli.parse import Names
from hypermaml.cli.running import Place, Size
from hypermaml.experiments.experiment import Descriptor
from hypermaml.risks.budget import budgets_of, options_of
from hypermaml.risks.choices import GENERATORS, REMEDIES

ALL_GENERATORS, ALL_REMEDIES = Names(GENERATORS), Names(REMEDIES)
ABOUT = (
    "Measure six risks of generated initializations on one family: cost, overfitting, distant tasks, tuning, size of "
    "the network, and quality of the descriptions."
)


@dataclass(frozen=True)
class Options(Size):
    """Options of the report."""

    method: str = "hypermaml"
    """The method whose risks are measured. Its generator must read the description."""
    descriptor: Descriptor = "full"
    """How tasks are described."""
    generators: Names = ALL_GENERATORS
    """The generators of the sections on cost and size."""
    remedies: Names = ALL_REMEDIES
    """The remedies of the section on descriptions."""


def run(args: list[str]) -> None:
    """Measure the risks, and write the report."""
    call = FamilyCall.read("risks", args, (Options(), Place()), about=ABOUT)
    family, preset = call.family, call.preset
    budgets = budgets_of(family.name)
    check_known("preset", preset, budgets)
    experiment = replace(family.at(preset), **options_of(family.name))
    options, budget, experiment, place = call.options((Options(), budgets[preset], experiment, Place()))
    check_method(options.method, family)
    check_known("descriptor", options.descriptor, family.describes)

    from hypermaml.cli.work.risks import measure

    measure(experiment, options, budget, place, call=["risks", *args])
