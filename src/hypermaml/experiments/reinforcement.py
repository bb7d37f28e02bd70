"""What the families of reinforcement learning share: the options of the inner gradient and of the outer update."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from hypermaml.experiments.experiment import Experiment
from hypermaml.methods.config import MethodConfig
from hypermaml.outer.configuration import Adam, OuterConfig

if TYPE_CHECKING:
    from hypermaml.rl.estimators import AbstractEstimator

INNER_CLIP = 5.0


@dataclass(frozen=True)
class ReinforcementExperiment(Experiment):
    """A family of tasks that are learned from trajectories."""

    on_policy: ClassVar[bool] = True

    shots: int = 20
    """Support trajectories K, >= 1."""
    estimator: Literal["lvc", "log_likelihood", "dice", "loaded_dice"] = "lvc"
    """Of the inner gradient; loaded_dice with a decay of 0.5 per step."""
    outer: OuterConfig = Adam()
    """The outer update of every method."""

    def inner_gradient(self) -> AbstractEstimator:
        """The estimator that the option names."""
        from hypermaml.rl.estimators import NAMED

        return NAMED[self.estimator]

    def at_rates(self, rates: Mapping[str, tuple[float, float]], **common: Any) -> dict[str, MethodConfig]:
        """Each of `methods` with its rates, the options, and what it is set to beside them.

        All take one inner step in meta-training, since every further one would cost trajectories that the others do
        not have.
        """
        return super().at_rates(rates, inner_clip=INNER_CLIP, inner_steps=1, outer=self.outer, **common)
