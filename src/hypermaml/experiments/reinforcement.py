"""Options of all families of reinforcement learning: the inner gradient and the outer update."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from hypermaml.experiments.experiment import Experiment
from hypermaml.methods.config import MethodConfig
from hypermaml.outer.configuration import Adam, OuterConfig
from hypermaml.rl.configuration import EstimatorConfig, LVCConfig

INNER_CLIP = 5.0


@dataclass(frozen=True)
class ReinforcementExperiment(Experiment):
    """A family of tasks that are learned from trajectories."""

    on_policy: ClassVar[bool] = True

    shots: int = 20
    """Support trajectories K, >= 1."""
    estimator: EstimatorConfig = LVCConfig()
    """The estimator of the inner gradient."""
    outer: OuterConfig = Adam()
    """The outer update of every method."""

    def at_rates(self, rates: Mapping[str, tuple[float, float]], **common: Any) -> dict[str, MethodConfig]:
        """Return each of `methods` with its rates, the options, and what it is set to beside them.

        All take one inner step in meta-training, since every further one would cost trajectories that the others do
        not have. A method that keeps its own outer update has that one.
        """
        settings = super().at_rates(rates, inner_clip=INNER_CLIP, inner_steps=1, **common)
        return {name: each if each.keeps_outer else replace(each, outer=self.outer) for name, each in settings.items()}
