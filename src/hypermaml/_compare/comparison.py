"""What is compared: methods × seeds × descriptors, each a training run of its own. Nothing here waits for JAX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hypermaml._compare.training_run import PlannedRun, TrainingRun
from hypermaml._misc.checks import check_seed
from hypermaml._misc.configuration import decisive, read_back, restored, written
from hypermaml._misc.digest import digest
from hypermaml.experiments.classes import CLASSES
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.experiments.given import given_family
from hypermaml.methods import METHODS
from hypermaml.methods.config import MethodConfig
from hypermaml.run.folder import FILES

if TYPE_CHECKING:
    from hypermaml._core.family import AbstractFamily


MANY = 10_000  # training runs
NAME = re.compile(r"\w[\w.+=,-]*", re.ASCII)  # of a method: a folder has it


@dataclass(frozen=True)
class Comparison:
    """What is compared.

    Attributes:
        experiment: the family and its options; a family object is taken as it is.
        methods: settings by name.
        budget: the same for all.
        seeds: of the repetitions, distinct.
        descriptors: each gives one complete comparison; methods that read no descriptor run once for all of them.

    Raises:
        ValueError: there are no methods, seeds or descriptors, one is named twice or unknown, or a seed does not fit.
    """

    experiment: Experiment
    methods: Mapping[str, MethodConfig]
    budget: Budget
    seeds: Sequence[int]
    descriptors: Sequence[Descriptor] = field(default=("full",))

    def __post_init__(self):
        if not isinstance(self.experiment, Experiment):
            object.__setattr__(self, "experiment", given_family(self.experiment)())
        count = len(self.methods) * len(self.seeds) * len(self.descriptors)
        if count > MANY:
            raise ValueError(
                f"{len(self.methods):,} methods, {len(self.seeds):,} seeds and {len(self.descriptors)} descriptors are "
                f"{count:,} training runs, but a comparison has at most {MANY:,}: give fewer seeds"
            )
        for name, values in {
            "methods": list(self.methods),
            "seeds": self.seeds,
            "descriptors": self.descriptors,
        }.items():
            if not values or len(set(values)) < len(values):
                raise ValueError(f"{name} are {list(values)}: give at least one, and none twice")
        for descriptor in self.descriptors:
            if descriptor not in self.experiment.describes:
                known = ", ".join(self.experiment.describes)
                raise ValueError(f"a descriptor is '{descriptor}', but {self.experiment.name} has {known}")
        for name, settings in self.methods.items():
            if not isinstance(name, str) or not NAME.fullmatch(name):
                raise ValueError(f"a method has the name {name!r}, but a name is letters, digits and _.+=,-")
            if not isinstance(settings, MethodConfig):
                raise ValueError(f"the method {name} is {settings!r}, but it must be a MethodConfig, such as MAML()")
        for seed in self.seeds:
            check_seed(seed)

    @property
    def names(self) -> list[str]:
        """The methods in the order of `METHODS`, then the others: the order of a report."""
        known = list(METHODS)
        return sorted(self.methods, key=lambda name: (known.index(name) if name in known else len(known), name))

    def config(self) -> dict[str, Any]:
        """Return everything that the results depend on, as JSON values."""
        return {
            "family": self.experiment.name,
            "variant": self.experiment.variant(),
            "options": self.experiment.config(),
            FILES: self.experiment.files(),
            "methods": {name: written(self.methods[name]) for name in self.names},
            "budget": written(self.budget),
            "seeds": list(self.seeds),
            "descriptors": list(self.descriptors),
        }

    def identity(self) -> str:
        """Return a digest of what decides the results: settings that have their default value do not count."""
        methods = [[name, decisive(self.methods[name])] for name in self.names]
        options = [self.experiment.name, decisive(self.experiment.decisive())]
        return digest([options, methods, decisive(self.budget), list(self.seeds), list(self.descriptors)])

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], experiment: type[Experiment], files: Mapping[str, str] = MappingProxyType({})
    ) -> Comparison:
        """Return the comparison whose `config` this is; options that it lacks have their defaults.

        Args:
            config: as read from a run folder.
            experiment: of the family that it names.
            files: by option, where the files that the run reads are now; where they were by default.

        Raises:
            ValueError: a method or a setting is unknown here, the family is not the one of the run, or its files have
                changed or are not there.
        """
        for name in files:
            if name not in experiment.reads:
                known = ", ".join(experiment.reads) or "none"
                raise ValueError(f"{experiment.name} reads no files called '{name}'; those that it reads: {known}")
        try:
            options = experiment.from_config({**config["options"], **files}, CLASSES)
            options.check_files(config.get(FILES, {}))
            methods = {name: _method(name, saved) for name, saved in config["methods"].items()}
            budget = restored(Budget, config["budget"], CLASSES)
            return cls(options, methods, budget, tuple(config["seeds"]), tuple(config["descriptors"]))
        except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            what = " ".join(str(error).split())
            raise ValueError(f"the run's configuration does not fit this version of hypermaml: {what}") from error

    def planned(self, method: str, descriptor: Descriptor, seed: int) -> PlannedRun:
        """Return the training run behind one method, descriptor and seed, by name; no family is built for it."""
        settings = self.methods[method]
        reads = settings.reads_description
        name = f"{descriptor if reads else 'any'}/{method}/{seed}"
        return PlannedRun(name, method, settings, descriptor if reads else "full", self.budget, seed)

    def plan(self) -> list[PlannedRun]:
        """Return each training run once: seed by seed, so that an unfinished comparison has all of its first seeds."""
        every = [
            self.planned(method, descriptor, seed)
            for seed in self.seeds
            for descriptor in self.descriptors
            for method in self.methods
        ]
        return list({planned.name: planned for planned in every}.values())

    def build_families(self) -> dict[Descriptor, AbstractFamily]:
        """Build the family once, with each description that a training run needs.

        Raises:
            ValueError: the family has no split for tests.
        """
        families = self.experiment.families(list(dict.fromkeys(planned.descriptor for planned in self.plan())))
        for family in families.values():
            if not family.test_splits:
                raise ValueError(f"{self.experiment.name} has no split for tests: give one that is named meta-test")
        return families

    def training_run(
        self, method: str, descriptor: Descriptor, seed: int, family: AbstractFamily | None = None
    ) -> TrainingRun:
        """Return the training run behind one method, descriptor and seed.

        Args:
            method: by name.
            descriptor: how its tasks are described, if it reads that.
            seed: of the repetition.
            family: with its tasks described so; built where it is not given.
        """
        planned = self.planned(method, descriptor, seed)
        return planned.with_family(self.experiment.family(planned.descriptor) if family is None else family)

    def training_runs(self) -> Iterator[TrainingRun]:
        """Return the training runs of `plan` with their families, which are built once."""
        families = self.build_families()
        for planned in self.plan():
            yield planned.with_family(families[planned.descriptor])


def _method(name: str, saved: Mapping[str, Any]) -> MethodConfig:
    try:
        return read_back(saved, CLASSES)
    except KeyError as error:
        raise ValueError(
            f"the method {name} of the run is of the class {error.args[0]}, which cannot be imported here: "
            "run the command in the folder of its file, or go on with the run in the program that made it"
        ) from None
