"""Grasping: budgets, presets, tuned values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import hypermaml as hm
from hypermaml.experiments.experiment import Budget, Descriptor
from hypermaml.experiments.reinforcement import ReinforcementExperiment
from hypermaml.methods.config import MethodConfig
from hypermaml.outer.configuration import TRPO, OuterConfig

if TYPE_CHECKING:
    from hypermaml.families.grasp import Grasping

OUTER_LR = 1e-3
# Inner rates from `hypermaml tune grasp --preset small --iterations 100`, eight trials each: the record is
# `benchmarks/results/grasp-tuning.json`. A method without one takes that of its next of kin.
RATES = {
    "random": 0.3,
    "pretrained": 0.01,
    "oracle": 0.01,
    "maml": 0.01,
    "hypermaml": 0.01,
    "hypernet": 0.01,
    "conditioned": 0.2,
}


@dataclass(frozen=True)
class GraspExperiment(ReinforcementExperiment):
    """A hand lifts objects of unknown shape from a table."""

    name: ClassVar[str] = "grasp"
    compared: ClassVar = ("random", "pretrained", "oracle", "maml", "hypermaml", "hypernet", "conditioned")
    tuned_with: ClassVar[Descriptor] = "full"
    drawn: ClassVar[bool] = True
    outer_rates: ClassVar = (3e-4, 1e-3)
    inner_rates: ClassVar = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
    presets: ClassVar = {
        "quick": Budget(iterations=40, meta_batch=5, chunk=20, validation_tasks=5, test_tasks=10),
        "small": Budget(iterations=200, meta_batch=10, chunk=25, validation_tasks=10, test_tasks=20),
        "paper": Budget(iterations=1000, meta_batch=40, chunk=25, validation_tasks=20, test_tasks=40),
    }
    options: ClassVar = {"quick": {"shots": 5}, "small": {"shots": 10}}
    seeds: ClassVar = {"quick": 1, "small": 3, "paper": 5}

    shape: Literal["class", "cloud"] = "class"
    """How the description tells the shape: by its class and measures, or by points of its surface."""
    points: int = 64
    """Of a cloud, >= 1."""
    unseen: Literal["sizes", "class"] = "sizes"
    """What is held out for extrapolation: larger sizes, or a class of shapes."""
    horizon: int = 30
    """Actions of a trajectory, of 0.04 s each, >= 1."""
    shots: int = 20
    """Support trajectories K, and query trajectories, >= 1."""
    noise: float = 0.1
    """Of a noisy description, relative, >= 0."""
    outer: OuterConfig = TRPO()
    """The outer update of every method."""

    def family(self, descriptor: Descriptor) -> Grasping:
        return hm.families.Grasping(
            environment=hm.families.Grasp(horizon=self.horizon),
            description=descriptor,
            shape=self.shape,
            points=self.points,
            unseen=self.unseen,
            shots=self.shots,
            queries=self.shots,
            noise=self.noise,
            estimator=self.estimator.build(),
        )

    def settings(self, descriptors: Sequence[Descriptor] = ("full",)) -> dict[str, MethodConfig]:
        return self.at_rates({name: (OUTER_LR, rate) for name, rate in RATES.items()})
