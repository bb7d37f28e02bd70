"""Power systems: budgets, presets, tuned values."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import hypermaml as hm
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.experiments.files import Reads
from hypermaml.experiments.reinforcement import ReinforcementExperiment
from hypermaml.methods.config import MethodConfig

if TYPE_CHECKING:
    from hypermaml._core.family import AbstractFamily
    from hypermaml.data.power.profiles import Profiles

SEVEN = ("random", "pretrained", "oracle", "maml", "hypermaml", "hypernet", "conditioned")
Season = Literal["winter", "spring", "summer", "autumn", "none"]
# Outer and inner rate of each method, from `hypermaml tune power --preset small`, eight trials each: the record is
# `benchmarks/results/power-tuning.json`.
TUNED = {
    "random": (0.003, 2.0),
    "pretrained": (0.01, 0.03),
    "oracle": (0.003, 0.01),
    "maml": (0.003, 0.1),
    "hypermaml": (0.003, 0.1),
    "hypernet": (0.003, 0.03),
    "conditioned": (0.003, 0.003),
}
# Of the forecasts, as `hypermaml tune power-forecast` chose them (benchmarks/results/forecast-tuning.json); the last
# three are set by hand.
FORECAST_TUNED = {
    "maml": (0.003, 0.01),
    "hypermaml": (0.001, 0.1),
    "hypermaml_algorithm_2": (0.001, 0.01),
    "hypernet": (0.001, 0.01),
    "conditioned": (0.003, 0.01),
    "maml_en_llm": (0.001, 0.01),
    "cavia": (0.001, 1.0),
    "leo": (0.001, 1.0),
}
FORECAST_CLIP = 10.0


def _installed() -> Path | None:
    from hypermaml.data.power.simbench import DATA, simbench_folder

    with suppress(ModuleNotFoundError):  # what is missing is said when the profiles are read
        return simbench_folder() / DATA


@dataclass(frozen=True)
class SitesExperiment(Experiment):
    """What both families of sites share: the data and what of it is held out."""

    options: ClassVar = {"quick": {"data": "synthetic"}}
    reads: ClassVar = {"data": Reads({"simbench": _installed, "synthetic": None}, (".csv", ".parquet"))}

    data: str = "simbench"
    """simbench (its package's German profiles of 2016), synthetic (made up), or a folder of CSV or Parquet files."""
    timezone: str = ""
    """Of the days of a folder, as Europe/Berlin; by default that of its times."""
    unseen_season: Season = "winter"
    """Held out of training with every fourth profile, each a test split of its own; or none."""

    def profiles(self) -> Profiles:
        """Return the data that the option names."""
        from hypermaml.data.power.folder import load_sites
        from hypermaml.data.power.simbench import load_simbench
        from hypermaml.data.power.synthetic import synthetic

        own = {"simbench": load_simbench, "synthetic": synthetic}
        return own[self.data]() if self.data in own else load_sites(Path(self.data).expanduser(), self.timezone)


@dataclass(frozen=True)
class PowerExperiment(SitesExperiment, ReinforcementExperiment):
    """A battery of an unknown site and tariff is dispatched through the next day; a day has 96 quarter hours."""

    name: ClassVar[str] = "power"
    compared: ClassVar = SEVEN
    tuned_with: ClassVar[Descriptor] = "full"
    outer_rates: ClassVar = (3e-3, 1e-2)
    inner_rates: ClassVar = (0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0)
    own_inner_rates: ClassVar = {
        **Experiment.own_inner_rates,
        **dict.fromkeys(("oracle", "conditioned"), (0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)),
    }
    presets: ClassVar = {
        "quick": Budget(iterations=60, meta_batch=10, chunk=30, validation_tasks=20, test_tasks=20),
        "small": Budget(iterations=600, meta_batch=20, chunk=50, validation_tasks=40, test_tasks=40),
        "paper": Budget(iterations=3_000, meta_batch=20, chunk=100, validation_tasks=40, test_tasks=40),
    }
    seeds: ClassVar = {"quick": 1, "small": 3, "paper": 5}

    days: int = 5
    """Earlier days K that the support trajectories are spread over, >= 1."""
    shots: int = 20
    """Support trajectories, a multiple of the days, >= 1."""
    error: float = 0.1
    """Relative standard deviation of the forecast of load; of PV and wind twice that; >= 0."""

    def family(self, descriptor: Descriptor) -> AbstractFamily:
        return self.families([descriptor])[descriptor]

    def families(self, descriptors: Sequence[Descriptor]) -> dict[Descriptor, AbstractFamily]:
        sites = hm.families.Sites(self.profiles(), days=self.days + 1, unseen_season=self.unseen_season)
        return {
            descriptor: hm.families.Power(
                sites=sites,
                description=descriptor,
                shots=self.shots,
                error=self.error,
                estimator=self.estimator.build(),
            )
            for descriptor in descriptors
        }

    def settings(self, descriptors: Sequence[Descriptor] = ("full",)) -> dict[str, MethodConfig]:
        return self.at_rates(TUNED)


@dataclass(frozen=True)
class PowerForecastExperiment(SitesExperiment):
    """The net load of an unknown site, a day ahead."""

    name: ClassVar[str] = "power-forecast"
    compared: ClassVar = SEVEN
    tuned_with: ClassVar[Descriptor] = "full"
    outer_rates: ClassVar = (1e-3, 3e-3)
    inner_rates: ClassVar = (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0)
    own_inner_rates: ClassVar = {
        **Experiment.own_inner_rates,
        **dict.fromkeys(("cavia", "leo"), (0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0)),
    }
    presets: ClassVar = {
        "quick": Budget(iterations=500, meta_batch=20, chunk=100, validation_tasks=100, test_tasks=100),
        "small": Budget(iterations=5_000, meta_batch=25, chunk=250, validation_tasks=100, test_tasks=100),
        "paper": Budget(iterations=30_000, meta_batch=25, chunk=1_000, validation_tasks=100, test_tasks=100),
    }
    seeds: ClassVar = {"quick": 1, "small": 3, "paper": 5}

    shots: int = 5
    """Support days K, and query days after them, >= 1."""

    def family(self, descriptor: Descriptor) -> AbstractFamily:
        return self.families([descriptor])[descriptor]

    def families(self, descriptors: Sequence[Descriptor]) -> dict[Descriptor, AbstractFamily]:
        profiles = self.profiles()
        return {
            descriptor: hm.families.PowerForecast(
                profiles,
                unseen_season=self.unseen_season,
                description=descriptor,
                shots=self.shots,
                queries=self.shots,
            )
            for descriptor in descriptors
        }

    def settings(self, descriptors: Sequence[Descriptor] = ("full",)) -> dict[str, MethodConfig]:
        return self.at_rates(FORECAST_TUNED, inner_clip=FORECAST_CLIP)
