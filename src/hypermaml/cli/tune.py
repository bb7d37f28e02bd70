"""Try rates for each method on meta-validation tasks, and show the best trial."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from hypermaml.cli.compare import FIVE, chosen
from hypermaml.cli.family_verb import FamilyCall
from hypermaml.cli.files import check_output_file
from hypermaml.cli.parse import Names, OptionalPath
from hypermaml.cli.running import Size
from hypermaml.experiments.experiment import Descriptor

ABOUT = "Try eight pairs of rates for each method on meta-validation tasks, and show the best trial."


@dataclass(frozen=True)
class Options(Size):
    """Options of the trials."""

    methods: Names = FIVE
    """Names of methods, as `hypermaml list` gives them, or all."""
    descriptor: Descriptor = "partial"
    """How tasks are described."""
    out: Annotated[
        OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: runs/FAMILY-tuning.json)")
    ] = None
    """The JSON file of the trials. A file that exists is continued."""


def run(args: list[str]) -> None:
    """Try the rates, and show the best trial of each method."""
    call = FamilyCall.read("tune", args, (Options(),), about=ABOUT)
    family, preset = call.family, call.preset
    given = Options(methods=Names(family.compared), descriptor=family.tuned_with)
    options, budget, experiment = call.options((given, family.presets[preset], family.at(preset)))
    methods = list(chosen(options.methods, experiment))
    out = options.out or Path("runs", f"{family.name}-tuning.json")
    out.parent.mkdir(parents=True, exist_ok=True)
    check_output_file(out, {"": b"{"})

    from hypermaml.cli.work.tune import show_trials

    show_trials(experiment, methods, budget, out, options.descriptor)
