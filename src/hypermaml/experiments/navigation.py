"""2D navigation: budgets, presets, tuned values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import hypermaml as hm
from hypermaml.experiments.experiment import Budget, Descriptor
from hypermaml.experiments.reinforcement import ReinforcementExperiment
from hypermaml.methods.config import MethodConfig
from hypermaml.outer.configuration import TRPO

if TYPE_CHECKING:
    from hypermaml.families.navigation import Navigation

# Outer and inner rate of each method. Losses are means over the steps that were taken; until version 0.2 they were sums
# over K * 100, and `hypermaml tune navigation` chose 5/3 of these inner rates with one coordinate of the goal and 100
# iterations (benchmarks/results/navigation-tuning.json). About 0.6 of the steps were taken then. Of four inner rates
# each, with 60 iterations and one seed, MAML and HyperMAML took 0.3 or hardly differed from it, and conditioned took
# 0.2 (benchmarks/results/navigation-inner-rates.json).
TUNED = {
    "random": (0.001, 0.2),
    "pretrained": (0.001, 0.3),
    "oracle": (0.001, 0.02),
    "maml": (0.001, 0.3),
    "hypermaml": (0.001, 0.3),
    "fomaml": (0.001, 0.3),
    "hypermaml_first_order": (0.001, 0.12),
    "hypernet": (0.001, 0.3),
    "conditioned": (0.001, 0.2),
    "conditioned_pretrained": (0.001, 0.12),
    "hypermaml_constant": (0.001, 0.3),
}
# The same with the whole goal, for the methods that read it, scaled alike (navigation-full-tuning.json and
# navigation-full-others-tuning.json in benchmarks/results).
FULL_TUNED = {
    "hypermaml": (0.001, 0.06),
    "hypermaml_first_order": (0.001, 0.06),
    "hypernet": (0.001, 0.06),
    "conditioned": (0.001, 0.02),
    "conditioned_pretrained": (0.001, 0.06),
}
# Inner rates where TRPO updates, scaled alike from those that `hypermaml tune navigation --outer trpo` chose with 50
# iterations (benchmarks/results/navigation-trpo-tuning.json); methods that were not tuned so take MAML's.
TRPO_TUNED = {"maml": 0.1, "hypermaml": 0.02, "pretrained": 0.12}


@dataclass(frozen=True)
class NavigationExperiment(ReinforcementExperiment):
    """A point walks to an unknown goal; K trajectories of 100 steps."""

    name: ClassVar[str] = "navigation"
    outer_rates: ClassVar = (3e-4, 1e-3)
    inner_rates: ClassVar = (0.02, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.6)
    presets: ClassVar = {
        "quick": Budget(iterations=100, meta_batch=20, chunk=50, validation_tasks=20, test_tasks=20),
        "paper": Budget(iterations=500, meta_batch=20, chunk=25, validation_tasks=40, test_tasks=40),
    }
    seeds: ClassVar = {"quick": 1, "paper": 5}

    reward: Literal["squared", "distance"] = "squared"
    """Minus the squared distance to the goal, or minus the distance."""
    actions: Literal["scaled", "raw"] = "scaled"
    """An action of ±1 is a full step of ±0.1, or the action is the step."""
    noise: float = 0.2
    """Standard deviation of a noisy descriptor, per coordinate, >= 0."""

    def family(self, descriptor: Descriptor) -> Navigation:
        return hm.families.Navigation(
            description=descriptor,
            shots=self.shots,
            noise=self.noise,
            environment=hm.families.Plane(reward=self.reward, actions=self.actions),
            estimator=self.estimator.build(),
        )

    def settings(self, descriptors: Sequence[Descriptor] = ("full",)) -> dict[str, MethodConfig]:
        if isinstance(self.outer, TRPO):
            return self.at_rates(
                {name: (rates[0], TRPO_TUNED.get(name, TRPO_TUNED["maml"])) for name, rates in TUNED.items()}
            )
        return self.at_rates(TUNED | FULL_TUNED if set(descriptors) == {"full"} else TUNED)
