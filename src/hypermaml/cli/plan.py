"""Show what a training run will take before it begins: memory, arithmetic and time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hypermaml._compare.training_run import PlannedRun
from hypermaml.cli.family_verb import FamilyCall
from hypermaml.cli.names import UsageError, one_method
from hypermaml.cli.parse import glance
from hypermaml.cli.running import Machine
from hypermaml.cli.train import METHOD_NAMES
from hypermaml.cli.train import Options as Training

ABOUT = "Show what a training run will take before it begins: memory, arithmetic and time."


@dataclass(frozen=True)
class Options(Training):
    """The options of `train`, and the memory that there is."""

    memory: float = math.inf
    """GiB that an iteration may take on a device, > 0; inf for what is free there now."""

    def __post_init__(self):
        super().__post_init__()
        if not self.memory > 0:
            raise ValueError(f"memory is {self.memory}, but it must be above 0")


def run(args: list[str]) -> None:
    """Compile the programs of a training run, measure a few iterations, and show the figures."""
    bare = Options(), Machine()
    call = FamilyCall.read("plan", args, bare, about=f"{ABOUT} {METHOD_NAMES}", names=("FAMILY", "METHOD"))
    kind, preset = call.family, call.preset
    method, own = one_method(call.others[0], kind)
    given = Options(descriptor=kind.described[0])
    seen, experiment = glance((given, kind.at(preset)), call.rest)
    settings = own or experiment.settings([seen.descriptor])[method]
    options, budget, experiment, settings, machine = call.options(
        (given, kind.presets[preset], kind.at(preset), settings, Machine()), about=ABOUT
    )
    missing = kind.lacks(settings)
    if missing:
        raise UsageError(f"{method}, as it is set, needs {missing}")
    if not settings.trained:
        raise UsageError(f"{method} is not meta-trained, so that there is nothing to plan")
    planned = PlannedRun(method, method, settings, options.descriptor, experiment.fitted(budget), options.seed)

    from hypermaml.cli.work.plan import show_plan

    show_plan(experiment, planned, machine, None if math.isinf(options.memory) else int(options.memory * 2**30))
