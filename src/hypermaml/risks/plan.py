"""Plan a report of the risks: the training runs, and the measurements of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from hypermaml._core.family import AbstractFamily
from hypermaml._misc.configuration import Configuration, changed, value_at, written
from hypermaml.experiments.experiment import Descriptor, Experiment
from hypermaml.init.configuration import GENERATORS as KINDS
from hypermaml.methods.config import MethodConfig
from hypermaml.risks.altered import GIVEN, UNLIMITED, Corruption, check_described
from hypermaml.risks.budget import RiskBudget
from hypermaml.risks.choices import GENERATORS, REMEDIES
from hypermaml.risks.distance import held_out, parameters_of
from hypermaml.risks.trial import Probe, Trial
from hypermaml.run.folder import FILES

REFERENCE = "maml"
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Risks:
    """A plan of one report.

    Attributes:
        experiment: the family and its options.
        method: name of the method whose risks are measured.
        budget: of each training run, with the number of runs.
        descriptor: how tasks are described.
        generators: of the sections on cost and size.
        remedies: names in `REMEDIES`.

    Raises:
        ValueError: a generator or a remedy is unknown or there is none, the method has no generator that reads the
            description, the family is simulated on the host, or its descriptions are not numbers.
    """

    experiment: Experiment
    method: str
    budget: RiskBudget
    descriptor: Descriptor = "full"
    generators: tuple[str, ...] = GENERATORS
    remedies: tuple[str, ...] = tuple(REMEDIES)

    def __post_init__(self):
        for name, known in {"generators": GENERATORS, "remedies": REMEDIES}.items():
            values = getattr(self, name)
            if not values or len(set(values)) < len(values) or not set(values) <= set(known):
                raise ValueError(
                    f"{name} are {', '.join(values) or 'none'}, but they must be of {', '.join(known)}, each once"
                )
        # What the classes say is checked first: to build a family may take minutes.
        if not (self.experiment.networks and self.built.networks):
            raise ValueError(
                f"the generators of a report of the risks need learners that are networks, and those of "
                f"{self.experiment.name} are not"
            )
        settings = self.settings[self.method]
        if not settings.generates or not settings.reads_description:
            raise ValueError(
                f"{self.method} generates nothing from a description: choose a method that does, such as hypermaml"
            )
        if self.built.on_host:
            raise ValueError(
                f"a report of the risks takes a hundred training runs, and {self.experiment.name} is simulated on the "
                "host, one run at a time: choose another family"
            )
        check_described(self.built)

    @cached_property
    def built(self) -> AbstractFamily:
        """Return the family with its tasks described so, built once."""
        return self.experiment.family(self.descriptor)

    @cached_property
    def resizable(self) -> bool:
        """Whether the hidden layers of the family's learners can have any width: a field `hidden` gives the widths."""
        own = any(field.name == "hidden" for field in fields(self.built))
        return own and getattr(self.built, "model", None) is None

    @property
    def sizes(self) -> tuple[int, ...]:
        """List the numbers of hidden units; one number where the learners of the family have one size."""
        return self.budget.sizes if self.resizable else self.budget.sizes[:1]

    @cached_property
    def distant(self) -> str | None:
        """Name the test split whose tasks lie beyond the region of meta-training; `None` where there is none."""
        return held_out(self.built) if parameters_of(self.built) is not None else None

    def omissions(self) -> list[str]:
        """Say in one sentence each which section is left out, and what the family lacks for it."""
        name, found = self.experiment.name, []
        if self.distant is None:
            found.append(
                f"The section on distant tasks is left out: {name} has no second test split, or no task parameters in "
                "numbers."
            )
        if not self.resizable:
            found.append(f"The section on the size of the network is left out: the learners of {name} have one size.")
        return found

    @cached_property
    def settings(self) -> Mapping[str, MethodConfig]:
        """Return each method with its tuned values."""
        return self.experiment.settings((self.descriptor,))

    @property
    def compared(self) -> tuple[str, ...]:
        """List the method, MAML, and the other methods that read the description."""
        names = dict.fromkeys((self.method, REFERENCE, "conditioned", "hypernet"))
        return tuple(name for name in names if name in self.settings)

    @property
    def seeds(self) -> range:
        """List the seeds of the repetitions."""
        return range(self.budget.seeds)

    def family(self, width: int) -> AbstractFamily:
        """Return the family, with `width` units in each hidden layer of its learners where they can be resized."""
        return _resized(self.built, width) if self.resizable else self.built

    def config(self) -> dict[str, Any]:
        """Return everything that the report depends on, as JSON values."""
        return written(
            {
                "report": "risks",
                "family": self.experiment.name,
                "variant": self.experiment.variant(),
                "options": self.experiment,
                FILES: self.experiment.files(),
                "method": self.method,
                "methods": {name: self.settings[name] for name in ("random", *self.compared)},
                "budget": self.budget,
                "descriptor": self.descriptor,
                "generators": self.generators,
                "remedies": {name: REMEDIES[name] for name in self.remedies},
            }
        )

    def trial(
        self,
        method: str,
        seed: int,
        *probes: Probe,
        width: int | None = None,
        limit: int = UNLIMITED,
        corruption: Corruption = GIVEN,
        changes: Mapping[str, Any] = NOTHING,
    ) -> Trial:
        """Return a training run. Its name holds every difference from the method as it is tuned.

        Args:
            method: name.
            seed: of the run.
            probes: measurements; meta-test by default.
            width: of the target network; the narrowest by default.
            limit: number of different meta-training tasks.
            corruption: of the descriptions in meta-training.
            changes: of the method's configuration, by path: `generator.bound`.
        """
        settings = self.settings[method]
        width = self.budget.narrowest if width is None else width
        kept = {path: value for path, value in changes.items() if value_at(settings, path) != value}
        words = {} if width == self.budget.narrowest else {"width": width}
        words |= {} if limit == UNLIMITED else {"tasks": limit}
        words |= {} if corruption == GIVEN else {"trained": corruption.name.replace("=", "-")}
        label = "+".join([method, *(f"{name}={_short(value)}" for name, value in (words | kept).items())])
        return Trial(
            f"{self.descriptor}/{label}/{seed}",
            changed(settings, kept),
            self.family(width),
            self.budget,
            seed,
            probes or (Probe(),),
            limit,
            corruption,
        )


def merged(trials: Sequence[Trial]) -> list[Trial]:
    """Return each training run once, with all its measurements, in the order of the seeds."""
    found: dict[str, Trial] = {}
    for trial in sorted(trials, key=lambda trial: trial.seed):
        first = found.get(trial.name, trial)
        found[trial.name] = replace(first, probes=tuple(dict.fromkeys((*first.probes, *trial.probes))))
    return list(found.values())


def with_generator(name: str) -> dict[str, Any]:
    """Return the change of a method's configuration that gives it this generator; none for an empty name."""
    return {"generator": KINDS[name]()} if name else {}


def _short(value: Any) -> str:
    if isinstance(value, Configuration):
        return value.name
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _resized(family: Any, width: int) -> AbstractFamily:
    """Return a family with other hidden layers, whatever arguments its class is made with."""
    made = object.__new__(type(family))
    for name, value in (vars(family) | {"hidden": (width,) * len(family.hidden)}).items():
        object.__setattr__(made, name, value)
    return made
