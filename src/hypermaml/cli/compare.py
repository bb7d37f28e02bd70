"""Compare methods on one family: train and evaluate them, and write a report into a run folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from hypermaml._compare.comparison import Comparison
from hypermaml._misc.checks import check_fields
from hypermaml.cli.names import FAMILIES, check_distinct, check_family, check_known, check_method, leading
from hypermaml.cli.parse import Names, parse
from hypermaml.cli.running import Place, Size, preset_of
from hypermaml.experiments.experiment import DEFAULT_METHODS, Descriptor, Experiment
from hypermaml.methods.config import MethodConfig

FIVE, FULL = Names(DEFAULT_METHODS), Names(["full"])


@dataclass(frozen=True)
class Options(Size):
    """The methods, descriptors and seeds."""

    seeds: int = 1
    """Independent repetitions, 0..N-1, >= 1."""
    methods: Names = FIVE
    """Names as `hypermaml list` gives them, or all."""
    descriptor: Names = FULL
    """How tasks are described: full, partial, noisy or none; in language full, shuffled, random or none. Several give
    a complete comparison each."""

    def __post_init__(self):
        check_fields(self)


def run(args: list[str]) -> None:
    """Compare."""
    names, rest = leading(args, ["FAMILY"], "compare")
    if not names:
        about = f"{__doc__} Families: {', '.join(FAMILIES)}; or one of your own, written my_tasks.py:NAME or "
        about += "my_package.module:NAME. Each has options of its own: hypermaml compare FAMILY --help."
        parse((Options(), Place()), rest, prog="hypermaml compare FAMILY", about=about)
    kind = check_family(names[0])
    preset = preset_of(kind, rest)
    options, budget, experiment, place = parse(
        (
            Options(seeds=kind.seeds[preset], methods=Names(kind.compared), descriptor=Names(kind.described)),
            kind.presets[preset],
            kind.at(preset),
            Place(),
        ),
        rest,
        prog=f"hypermaml compare {names[0]}",
        about=f"{__doc__} {kind.__doc__}",
    )
    check_distinct("--descriptor", options.descriptor)
    descriptors = [check_known("descriptor", each, kind.describes) for each in options.descriptor]
    described = cast(list[Descriptor], descriptors)
    methods = chosen(options.methods, experiment, described)
    comparison = Comparison(experiment, methods, budget, range(options.seeds), described)

    from hypermaml.cli.work.comparison import run_comparison

    run_comparison(comparison, place, name=f"{kind.name}-{options.preset}", call=["compare", *args])


def chosen(
    names: Sequence[str], experiment: Experiment, descriptors: Sequence[Descriptor] = ("full",)
) -> dict[str, MethodConfig]:
    """Return the settings of the methods with these names, `all` for each that fits the family.

    Raises:
        UsageError: a name is unknown, does not fit or stands twice, or there is none.
    """
    settings = experiment.settings(descriptors)
    if "all" in names:
        return settings
    check_distinct("--methods", names)
    return {check_method(name, type(experiment)): settings[name] for name in names}
