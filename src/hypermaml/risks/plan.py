"""What is trained and measured for one report of the risks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from hypermaml._compare.comparison import described, plain
from hypermaml._core.family import AbstractFamily
from hypermaml.experiments.experiment import Descriptor, Experiment
from hypermaml.methods.settings import EmbeddedGeneratorSettings, Settings
from hypermaml.risks.budget import RiskBudget
from hypermaml.risks.choices import GENERATORS, REMEDIES
from hypermaml.risks.trial import Probe, Trial
from hypermaml.risks.world import GIVEN, UNLIMITED, Corruption, world

REFERENCE = "maml"
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Risks:
    """One report.

    Attributes:
        experiment: the family and its options.
        method: the name of the one whose risks are measured.
        budget: of each training run, and how many there are.
        descriptor: how tasks are described.
        generators: that complexity and scaling are measured with.
        remedies: by their names in `REMEDIES`.

    Raises:
        ValueError: a generator or a remedy is unknown or there is none, the method has no generator that reads the
            descriptor, or the family lacks what is measured.
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
        own = self.experiment.family(self.descriptor)
        if own.on_host:
            raise ValueError(
                f"the risks take a hundred training runs, and {self.experiment.name} is simulated on the host, one at "
                "a time: choose sine or navigation"
            )
        world(own)  # refuses descriptors that are not numbers
        settings, family = self.settings[self.method], self.family(self.budget.narrowest)
        if not isinstance(settings, EmbeddedGeneratorSettings) or not settings.reads_descriptor:
            raise ValueError(f"{self.method} generates nothing from a descriptor, which is what the risks are of")
        if "extrapolation" not in family.splits:
            raise ValueError(
                f"{self.experiment.name} has no region of tasks beyond that of meta-training to measure on"
            )

    @cached_property
    def settings(self) -> Mapping[str, Settings]:
        """Each method with its tuned values."""
        return self.experiment.settings((self.descriptor,))

    @property
    def compared(self) -> tuple[str, ...]:
        """The method, MAML, and what else conditions on the description."""
        return tuple(dict.fromkeys((self.method, REFERENCE, "conditioned", "hypernet")))

    @property
    def seeds(self) -> range:
        """Of the repetitions."""
        return range(self.budget.seeds)

    def family(self, width: int) -> AbstractFamily:
        """The family, its learners with so many units in each hidden layer.

        Raises:
            ValueError: the family's learners have none of that kind.
        """
        family: Any = self.experiment.family(self.descriptor)
        if not hasattr(family, "hidden"):
            raise ValueError(f"the risks need a network of hidden layers, and {self.experiment.name} has another one")
        return replace(family, hidden=(width,) * len(family.hidden))

    def config(self) -> dict[str, Any]:
        """All that the report depends on, in what JSON holds."""
        return plain(
            {
                "report": "risks",
                "family": self.experiment.name,
                "variant": self.experiment.variant(),
                "options": asdict(self.experiment),
                "method": self.method,
                "methods": {name: described(self.settings[name]) for name in ("random", *self.compared)},
                "budget": asdict(self.budget),
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
        """A training run; what differs from the method as it is tuned stands in its name.

        Args:
            method: by name.
            seed: of the run.
            probes: what is measured; meta-test by default.
            width: of the target network; the narrowest by default.
            limit: how many different meta-training tasks there are.
            corruption: of the descriptors in meta-training.
            changes: of the method's settings.
        """
        settings = self.settings[method]
        width = self.budget.narrowest if width is None else width
        kept = {name: value for name, value in changes.items() if getattr(settings, name) != value}
        told = {} if width == self.budget.narrowest else {"width": width}
        told |= {} if limit == UNLIMITED else {"tasks": limit}
        told |= {} if corruption == GIVEN else {"trained": corruption.name.replace("=", "-")}
        label = "+".join([method, *(f"{name}={_short(value)}" for name, value in (told | kept).items())])
        return Trial(
            f"{self.descriptor}/{label}/{seed}",
            replace(settings, **kept),
            self.family(width),
            self.budget,
            seed,
            probes or (Probe(),),
            limit,
            corruption,
        )


def merged(trials: Sequence[Trial]) -> list[Trial]:
    """Each training run once, with all that is measured on it, in the order of the seeds."""
    found: dict[str, Trial] = {}
    for trial in sorted(trials, key=lambda trial: trial.seed):
        known = found.get(trial.name, trial)
        found[trial.name] = replace(known, probes=tuple(dict.fromkeys((*known.probes, *trial.probes))))
    return list(found.values())


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
