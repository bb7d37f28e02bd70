"""Compare methods on one family: train and evaluate them, and write a report into a run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from hypermaml._compare.comparison import Comparison
from hypermaml._misc.checks import check_fields
from hypermaml.cli.family_verb import FamilyCall
from hypermaml.cli.names import check_distinct, check_known, check_method, own_methods, short_name
from hypermaml.cli.parse import Names
from hypermaml.cli.running import Jobs, Machine, Place, Size, Source
from hypermaml.experiments.experiment import DEFAULT_METHODS, Descriptor, Experiment
from hypermaml.methods.config import MethodConfig

FIVE, FULL = Names(DEFAULT_METHODS), Names(["full"])


@dataclass(frozen=True)
class Options(Size):
    """The methods, descriptors and seeds."""

    seeds: int = 1
    """Independent repetitions, 0..N-1, >= 1. Families and presets have numbers of their own."""
    methods: Names = FIVE
    """Names as `hypermaml list` gives them, or all. A method of your own is my_methods.py:NAME."""
    descriptor: Names = FULL
    """How tasks are described: full, partial, noisy or none; in language full, shuffled, random or none. Several give
    a complete comparison each."""

    def __post_init__(self):
        check_fields(self)


def run(args: list[str]) -> None:
    """Compare."""
    call = FamilyCall.read("compare", args, (Options(), Source(), Jobs(), Place(), Machine()), about=__doc__ or "")
    kind, preset = call.family, call.preset
    given = Options(seeds=kind.seeds[preset], methods=Names(kind.compared), descriptor=Names(kind.described))
    groups = given, kind.presets[preset], kind.at(preset), Source(), Jobs(), Place(), Machine()
    options, budget, experiment, source, jobs, place, machine = call.options(groups)
    jobs.check_installed()
    check_distinct("--descriptor", options.descriptor)
    descriptors = [check_known("descriptor", each, kind.describes) for each in options.descriptor]
    described = cast(list[Descriptor], descriptors)
    own = {**own_methods(options.methods, kind), **source.settings(kind)}
    methods = chosen(options.methods, experiment, described, own=own)
    comparison = Comparison(experiment, methods, budget, range(options.seeds), described)

    from hypermaml.cli.work.comparison import run_comparison

    name = f"{kind.name}-{options.preset}"
    again, files = ["compare", *args], source.files()
    run_comparison(comparison, place, machine=machine, name=name, call=again, files=files, jobs=jobs)


def chosen(
    names: Sequence[str],
    experiment: Experiment,
    descriptors: Sequence[Descriptor] = ("full",),
    *,
    own: Mapping[str, MethodConfig] = MappingProxyType({}),
) -> dict[str, MethodConfig]:
    """Return the settings of the methods with these names, `all` for each that fits the family.

    Args:
        names: of methods, or the sources of one's own.
        experiment: the family.
        descriptors: how its tasks are described.
        own: by name, settings that replace the tuned ones; a name may be one's own.

    Raises:
        UsageError: a name is unknown, does not fit or stands twice, or there is none.
    """
    settings = {**experiment.settings(descriptors), **own}
    if "all" in names:
        return settings
    names = [short_name(name) for name in names]
    check_distinct("--methods", names)
    return {name if name in own else check_method(name, type(experiment)): settings[name] for name in names}
