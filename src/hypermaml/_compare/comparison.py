"""What is compared: methods × seeds × descriptors, each a training run of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

from hypermaml._compare.training_run import TrainingRun
from hypermaml._misc.checks import check_seed
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.experiments.methods import METHODS
from hypermaml.methods.settings import Settings

T = TypeVar("T")


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
    methods: Mapping[str, Settings]
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
            if not isinstance(settings, Settings):
                raise ValueError(f"the method {name} is {settings!r}, but it must be Settings, such as MAML()")
        for seed in self.seeds:
            check_seed(seed)

    @property
    def names(self) -> list[str]:
        """The methods in the order of `METHODS`, then the others: what is reported does not depend on how they came."""
        known = list(METHODS)
        return sorted(self.methods, key=lambda name: (known.index(name) if name in known else len(known), name))

    def config(self) -> dict[str, Any]:
        """All that the results depend on, in what JSON holds."""
        return plain(
            {
                "family": self.experiment.name,
                "variant": self.experiment.variant(),
                "options": asdict(self.experiment),
                "methods": {name: described(self.methods[name]) for name in self.names},
                "budget": asdict(self.budget),
                "seeds": list(self.seeds),
                "descriptors": list(self.descriptors),
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
        classes = {settings.__name__: settings for settings in METHODS.values()}
        try:
            foreign = [saved["class"] for saved in config["methods"].values() if saved["class"] not in classes]
            if foreign:
                raise ValueError(
                    f"the run holds a method of the class {foreign[0]}, which only the program that made it knows: "
                    "report it there, with hypermaml.report.run.report_run"
                )
            methods = {
                name: _restored(classes[saved["class"]], {key: saved[key] for key in saved if key != "class"})
                for name, saved in config["methods"].items()
            }
            options, budget = _restored(experiment, config["options"]), _restored(Budget, config["budget"])
            return cls(options, methods, budget, tuple(config["seeds"]), tuple(config["descriptors"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"the run's configuration is not of this version of hypermaml: {error}") from error

    def training_run(self, method: str, descriptor: Descriptor, seed: int) -> TrainingRun:
        """The training run behind one method, descriptor and seed."""
        settings = self.methods[method]
        folder = descriptor if settings.reads_descriptor else "any"
        family = self.experiment.family(descriptor if settings.reads_descriptor else "full")
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


def _restored(kind: type[T], saved: Mapping[str, Any]) -> T:
    """The dataclass whose fields JSON gave back: infinity as text, tuples as lists."""
    types = {field.name: field.type for field in fields(kind)}  # pyright: ignore[reportArgumentType]
    if types.keys() != saved.keys():
        raise TypeError(f"the settings of {kind.__name__} are {', '.join(saved)}, not {', '.join(types)}")
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in saved.items()}
    return kind(**{name: float(value) if types[name] == "float" else value for name, value in values.items()})


def described(settings: Settings) -> dict[str, Any]:
    """A method's settings with the name of their class."""
    return {"class": type(settings).__name__, **asdict(settings)}


def plain(value: Any) -> Any:
    """What JSON holds of a configuration: infinity as text, tuples as lists."""
    if isinstance(value, Mapping):
        return {name: plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
