"""Outer updates by configuration. Nothing here waits for JAX."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from hypermaml._misc.configuration import Configuration

if TYPE_CHECKING:
    from hypermaml._core.outer import AbstractOuter

__all__ = ["PPO", "TRPO", "Adam", "OuterConfig"]


@dataclass(frozen=True)
class OuterConfig(Configuration):
    """An update of the trained parameters by the outer loss."""

    has_rate: ClassVar[bool] = True
    """Whether it has a rate; otherwise it finds the length of its step by itself."""
    needs_trajectories: ClassVar[bool] = False
    """Whether it needs the trajectories of policies, which reinforcement learning has."""

    def build(self, rate: float, **how: Any) -> AbstractOuter:
        """Return the outer update.

        Args:
            rate: the outer rate, > 0.
            how: what a method has of its own, as `Descent` takes it.
        """
        return self.builder(self, rate, **how)


@dataclass(frozen=True)
class Adam(OuterConfig):
    """Adam on the outer gradient."""

    name: ClassVar[str] = "adam"
    module: ClassVar[str] = "hypermaml.outer.descent"

    clip: float = math.inf
    """The norm that the outer gradient is scaled down to before Adam reads it, > 0; inf for never."""
    entry_clip: float = math.inf
    """What each entry of the outer gradient is cut to, before all other bounds, > 0; inf for never."""
    array_clip: float = math.inf
    """The norm that each array of the outer gradient is scaled down to, after `entry_clip`, > 0; inf for never."""
    head_decay: float = 0.0
    """Decay of a generator's last layers at each update, as a part of the outer rate, >= 0."""


@dataclass(frozen=True)
class TRPO(OuterConfig):
    """Trust-region policy optimization, for reinforcement learning."""

    name: ClassVar[str] = "trpo"
    module: ClassVar[str] = "hypermaml.outer.trpo"
    has_rate: ClassVar[bool] = False
    needs_trajectories: ClassVar[bool] = True

    curvature_stride: int = 10
    """The curvature is measured at every n-th time step, >= 1."""
    max_divergence: float = 0.01
    """The mean divergence of the adapted policies that a step may reach, in nats per time step, > 0."""
    conjugate_gradient_iterations: int = 10
    """Iterations that solve for the direction of a step, >= 1."""


@dataclass(frozen=True)
class PPO(OuterConfig):
    """Proximal policy optimization, for reinforcement learning: several steps of Adam on the same trajectories."""

    name: ClassVar[str] = "ppo"
    module: ClassVar[str] = "hypermaml.outer.ppo"
    needs_trajectories: ClassVar[bool] = True

    epochs: int = 5
    """Steps on the trajectories of a meta-iteration, >= 1."""
    ratio_clip: float = 0.2
    """A ratio of probabilities beyond 1 ± this gains nothing by moving further, > 0."""
    max_divergence: float = 0.02
    """Once the adapted policies have moved further, no further step is taken: mean KL, in nats per time step, > 0."""
    clip: float = 1.0
    """The norm that the outer gradient is scaled down to before Adam reads it, > 0."""


OUTER_UPDATES: dict[str, type[OuterConfig]] = {kind.name: kind for kind in (Adam, TRPO, PPO)}
"""The class of each outer update's configuration by its name on the command line."""
