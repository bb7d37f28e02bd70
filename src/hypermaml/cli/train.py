"""One method on one family, with settings of your own."""

from __future__ import annotations

from dataclasses import dataclass

from hypermaml._compare.comparison import Comparison
from hypermaml._misc.checks import check_seed
from hypermaml.cli.names import FAMILIES, UsageError, check_family, check_method, leading
from hypermaml.cli.parse import glance, parse
from hypermaml.cli.running import Place, Size, preset_of
from hypermaml.experiments.experiment import Descriptor
from hypermaml.methods import METHODS


@dataclass(frozen=True)
class Options(Size):
    """What is trained."""

    descriptor: Descriptor = "full"
    """How tasks are described."""
    seed: int = 0
    """Decides the initialization, all tasks and all data, >= 0."""

    def __post_init__(self):
        check_seed(self.seed)


def run(args: list[str]) -> None:
    """Trains."""
    names, rest = leading(args, ["FAMILY", "METHOD"], "train")
    if len(names) < 2:
        about = f"{__doc__} Families: {', '.join(FAMILIES)}. Methods: {', '.join(METHODS)}. "
        about += "Both have options of their own: hypermaml train FAMILY METHOD --help."
        parse((Options(), Place()), rest, prog="hypermaml train FAMILY METHOD", about=about)
    kind = check_family(names[0])
    method = check_method(names[1], kind)
    preset = preset_of(kind, rest)
    given = Options(descriptor=kind.described[0])
    seen, experiment = glance((given, kind.at(preset)), rest)
    settings = experiment.settings([seen.descriptor])[method]
    options, budget, experiment, settings, place = parse(
        (given, kind.presets[preset], kind.at(preset), settings, Place()),
        rest,
        prog=f"hypermaml train {names[0]} {method}",
        about=f"{__doc__} {type(settings).__doc__}".partition("\n\n")[0],
    )
    missing = kind.lacks(settings)
    if missing:
        raise UsageError(f"{method}, as it is set, needs {missing}")
    comparison = Comparison(experiment, {method: settings}, budget, [options.seed], [options.descriptor])

    from hypermaml.cli.work.comparison import run_comparison

    run_comparison(comparison, place, name=f"{kind.name}-{method}-{options.preset}", call=["train", *args])
