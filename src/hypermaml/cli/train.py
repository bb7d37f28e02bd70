"""Train one method on one family, with your own settings."""

from __future__ import annotations

from dataclasses import dataclass

from hypermaml._compare.comparison import Comparison
from hypermaml._misc.checks import check_seed
from hypermaml.cli.family_verb import FamilyCall
from hypermaml.cli.names import UsageError, enumerate_names, one_method
from hypermaml.cli.parse import glance
from hypermaml.cli.running import Machine, Place, Size, Source
from hypermaml.experiments.experiment import Descriptor, Experiment
from hypermaml.methods import METHODS
from hypermaml.methods.config import MethodConfig

ABOUT = "Train one method on one family, with your own settings."
METHOD_NAMES = f"Methods: {', '.join(METHODS)}; or your own, written my_methods.py:NAME."


@dataclass(frozen=True)
class Options(Size):
    """The description of the tasks, and the seed."""

    descriptor: Descriptor = "full"
    """How tasks are described."""
    seed: int = 0
    """Seed of the initialization, all tasks and all data, >= 0."""

    def __post_init__(self):
        check_seed(self.seed)


def run(args: list[str]) -> None:
    """Train the method, and write a report."""
    bare = Options(), Source(), Place(), Machine()
    call = FamilyCall.read("train", args, bare, about=f"{ABOUT} {METHOD_NAMES}", names=("FAMILY", "METHOD"))
    kind, preset = call.family, call.preset
    method, own = one_method(call.others[0], kind)
    given = Options(descriptor=kind.described[0])
    seen, experiment, source = glance((given, kind.at(preset), Source()), call.rest)
    tuned = own or experiment.settings([seen.descriptor])[method]
    settings = _settings(method, source, experiment, tuned)
    options, budget, experiment, settings, source, place, machine = call.options(
        (given, kind.presets[preset], kind.at(preset), settings, Source(), Place(), Machine()),
        about=f"{ABOUT} {type(settings).__doc__}".partition("\n\n")[0],
    )
    missing = kind.lacks(settings)
    if missing:
        raise UsageError(f"{method}, as it is set, needs {missing}")
    comparison = Comparison(experiment, {method: settings}, budget, [options.seed], [options.descriptor])

    from hypermaml.cli.work.comparison import run_comparison

    name = f"{kind.name}-{method}-{options.preset}"
    run_comparison(comparison, place, machine=machine, name=name, call=["train", *args], files=source.files())


def _settings(method: str, source: Source, experiment: Experiment, settings: MethodConfig) -> MethodConfig:
    """Return the settings of the method in the file that is given, else these.

    Raises:
        UsageError: the file has none of this method.
    """
    if source.config is None:
        return settings
    found = source.settings(type(experiment))
    if type(found.get(method)) is not type(settings):
        raise UsageError(f"--config: {source.config} has settings of {enumerate_names(found)}, but none of {method}")
    return found[method]
