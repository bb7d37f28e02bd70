"""What is compared: methods × seeds × descriptors, each a training run of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypermaml._compare.training_run import TrainingRun
from hypermaml._misc.checks import check_seed
from hypermaml._misc.configuration import read_back, written
from hypermaml.embed.configuration import EMBEDDERS, Together
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.init.configuration import GENERATORS
from hypermaml.methods import METHODS
from hypermaml.methods.config import MethodConfig
from hypermaml.outer.configuration import OUTER_UPDATES

PARTS = (*GENERATORS.values(), *EMBEDDERS.values(), Together, *OUTER_UPDATES.values())


@dataclass(frozen=True)
class Comparison:
    """What is compared.

    Attributes:
        experiment: the family and its options.
        methods: settings by name.
        budget: the same for all.
        seeds: of the repetitions, distinct.
        descriptors: each gives one complete comparison; methods that read no descriptor run once for all of them.

    Raises:
        ValueError: there are no methods, seeds or descriptors, one is named twice or is none, or a seed does not fit.
    """

    experiment: Experiment
    methods: Mapping[str, MethodConfig]
    budget: Budget
    seeds: Sequence[int]
    descriptors: Sequence[Descriptor] = field(default=("full",))

    def __post_init__(self):
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
            if not isinstance(settings, MethodConfig):
                raise ValueError(f"the method {name} is {settings!r}, but it must be a MethodConfig, such as MAML()")
        for seed in self.seeds:
            check_seed(seed)

    @property
    def names(self) -> list[str]:
        """The methods in the order of `METHODS`, then the others: what is reported does not depend on how they came."""
        known = list(METHODS)
        return sorted(self.methods, key=lambda name: (known.index(name) if name in known else len(known), name))

    def config(self) -> dict[str, Any]:
        """All that the results depend on, in what JSON holds."""
        return written(
            {
                "family": self.experiment.name,
                "variant": self.experiment.variant(),
                "options": self.experiment,
                "methods": {name: self.methods[name] for name in self.names},
                "budget": self.budget,
                "seeds": self.seeds,
                "descriptors": self.descriptors,
            }
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any], experiment: type[Experiment]) -> Comparison:
        """The comparison whose `config` this is.

        Args:
            config: as read from a run folder.
            experiment: of the family that it names.

        Raises:
            ValueError: a method or a setting is not of this version of the package.
        """
        classes = {kind.__name__: kind for kind in (*METHODS.values(), *PARTS, experiment, Budget)}
        try:
            foreign = [saved["class"] for saved in config["methods"].values() if saved["class"] not in classes]
            if foreign:
                raise ValueError(
                    f"the run holds a method of the class {foreign[0]}, which only the program that made it knows: "
                    "report it there, with hypermaml.report.run.report_run"
                )
            methods = {name: read_back(saved, classes) for name, saved in config["methods"].items()}
            options, budget = read_back(config["options"], classes), read_back(config["budget"], classes)
            return cls(options, methods, budget, tuple(config["seeds"]), tuple(config["descriptors"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"the run's configuration is not of this version of hypermaml: {error}") from error

    def training_run(self, method: str, descriptor: Descriptor, seed: int) -> TrainingRun:
        """The training run behind one method, descriptor and seed."""
        settings = self.methods[method]
        folder = descriptor if settings.reads_description else "any"
        family = self.experiment.family(descriptor if settings.reads_description else "full")
        return TrainingRun(f"{folder}/{method}/{seed}", settings, family, self.budget, seed)

    def training_runs(self) -> Iterator[TrainingRun]:
        """Each training run once: seed by seed, so that an unfinished comparison has all methods of its first seeds."""
        seen = set()
        for seed in self.seeds:
            for descriptor in self.descriptors:
                for method in self.methods:
                    training = self.training_run(method, descriptor, seed)
                    if training.name not in seen:
                        seen.add(training.name)
                        yield training
