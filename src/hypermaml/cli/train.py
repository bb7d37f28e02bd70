"""One method on one family, with settings of your own."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from hypermaml.cli.names import FAMILIES, known, leading
from hypermaml.cli.parse import glance, hidden, parse
from hypermaml.cli.running import Place, Plan, Size, execute
from hypermaml.experiments.experiment import METHODS, Descriptor, Experiment
from hypermaml.methods.settings import Settings


@dataclass(frozen=True)
class Options(Size):
    """What is trained."""

    descriptor: Descriptor = "full"
    """How tasks are described."""
    seed: int = 0
    """Decides the initialization, all tasks and all data, >= 0."""

    def __post_init__(self):
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed}, but it must be at least 0")


def run(args: list[str]) -> None:
    """Trains."""
    names, rest = leading(args, ["FAMILY", "METHOD"], "train")
    if len(names) < 2:
        about = f"{__doc__} Families: {', '.join(FAMILIES)}. Methods: {', '.join(METHODS)}. "
        about += "Both have options of their own: hypermaml train FAMILY METHOD --help."
        parse((Options(), Place()), rest, prog="hypermaml train FAMILY METHOD", about=about)
    kind = FAMILIES[known("family", names[0], FAMILIES)]
    method = known("method", names[1], METHODS)
    size, experiment = glance((Size(), kind()), rest)
    settings = experiment.settings()[method]
    decided = _decided(experiment, settings)
    options, budget, experiment, own, place = parse(
        (
            Options(),
            hidden(replace(kind.presets[size.preset], seeds=1), ["seeds"]),
            kind(),
            hidden(settings, decided),
            Place(),
        ),
        rest,
        prog=f"hypermaml train {kind.name} {method}",
        about=f"{__doc__} {type(settings).__doc__}".partition("\n\n")[0],
    )
    free = {field.name: getattr(own, field.name) for field in fields(settings) if field.name not in decided}
    budget = replace(kind.presets[options.preset], **{f.name: getattr(budget, f.name) for f in fields(budget)})
    plan = Plan(experiment, {method: replace(settings, **free)}, budget, [options.seed], [options.descriptor])
    execute(plan, place, name=f"{kind.name}-{method}-{options.preset}", call=["train", *args])


def _decided(experiment: Experiment, settings: Settings) -> list[str]:
    """The settings that are the experiment's to give, alike for all methods."""
    given = {"outer", "curvature_stride"} | {field.name for field in fields(experiment)}
    return [field.name for field in fields(settings) if field.name in given]
