"""Try settings of each method on meta-validation tasks, and keep the best ones in a file."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import tyro

from hypermaml._compare.search_plan import TRIALS, Pruner, Sampler, SearchPlan
from hypermaml._misc.checks import check_fields
from hypermaml._misc.installation import install
from hypermaml.cli.compare import FIVE, chosen
from hypermaml.cli.family_verb import FamilyCall
from hypermaml.cli.files import check_output_file, check_output_folder
from hypermaml.cli.names import UsageError, own_methods
from hypermaml.cli.parse import Names, OptionalInt, OptionalPath
from hypermaml.cli.running import Size
from hypermaml.experiments.experiment import Descriptor

ABOUT = (
    "Try settings of each method on meta-validation tasks. The best ones are written to best.json, which `hypermaml "
    "train --config` and `hypermaml compare --config` take."
)


@dataclass(frozen=True)
class Options(Size):
    """Options of the trials."""

    methods: Names = FIVE
    """Names of methods, as `hypermaml list` gives them, or all. A method of your own is my_methods.py:NAME."""
    descriptor: Descriptor = "partial"
    """How tasks are described."""
    sampler: Sampler = "grid"
    """The choice of settings: a grid of eight pairs of rates, or a sampler of Optuna around the tuned ones."""
    trials: Annotated[OptionalInt, tyro.conf.arg(help_behavior_hint=f"(default: {TRIALS})")] = None
    """Trials of each method, >= 1; the grid has eight."""
    pruner: Pruner = "none"
    """Optuna's rule that ends a trial early, by its scores at each chunk."""
    storage: Annotated[str, tyro.conf.arg(metavar="URL", help_behavior_hint="(default: a journal in the folder)")] = ""
    """A database of Optuna, or the path of a journal, that several processes share; each has its own --out."""
    plots: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Draw the scores of the trials, and how much each setting matters."""
    out: Annotated[OptionalPath, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: runs/FAMILY-tuning)")] = (
        None
    )
    """The folder of the trials, or for the grid a .json file. One that exists is continued."""

    def __post_init__(self):
        check_fields(self)

    @property
    def plan(self) -> SearchPlan | None:
        """How Optuna searches; `None` for the grid.

        Raises:
            UsageError: the options do not fit each other, or Optuna is not installed.
        """
        count = TRIALS if self.trials is None else self.trials
        if count < 1:
            raise UsageError(f"--trials is {count}, but it must be at least 1")
        if self.sampler != "grid":
            missing = [
                name for name in ("optuna", *(["cmaes"] if self.sampler == "cmaes" else [])) if not find_spec(name)
            ]
            if missing:
                raise UsageError(f"--sampler {self.sampler} needs {' and '.join(missing)}: {install('tune')}")
            return SearchPlan(self.sampler, self.pruner, count, self.storage)
        for name, given in {
            "pruner": self.pruner != "none",
            "storage": self.storage,
            "trials": count != TRIALS,
        }.items():
            if given:
                raise UsageError(
                    f"--{name} does not fit the grid, which has {TRIALS} whole trials of each method: add --sampler tpe"
                )
        return None


def run(args: list[str]) -> None:
    """Run the trials, and show the best one of each method."""
    call = FamilyCall.read("tune", args, (Options(),), about=ABOUT)
    family, preset = call.family, call.preset
    given = Options(methods=Names(family.compared), descriptor=family.tuned_with)
    options, budget, experiment = call.options((given, family.presets[preset], family.at(preset)))
    own, plan = own_methods(options.methods, family), options.plan
    methods = list(chosen(options.methods, experiment, own=own))
    out = options.out or Path("runs", f"{family.name}-tuning")
    if out.suffix == ".json":
        if plan is not None or options.plots:
            raise UsageError(f"--out: {out} is a file, which holds the trials of the grid alone; name a folder")
        out.parent.mkdir(parents=True, exist_ok=True)
        check_output_file(out, {"": b"{"})
    else:
        check_output_folder(out)
        out.mkdir(parents=True, exist_ok=True)

    from hypermaml.cli.work.tune import show_trials

    show_trials(experiment, methods, budget, out, options.descriptor, own=own, plan=plan, plots=options.plots)
