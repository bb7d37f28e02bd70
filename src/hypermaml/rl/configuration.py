"""Estimators of the inner policy gradient by configuration. Nothing here waits for JAX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml._misc.configuration import Configuration

if TYPE_CHECKING:
    from hypermaml.rl.estimators import AbstractEstimator

__all__ = ["DiCEConfig", "EstimatorConfig", "LVCConfig", "LoadedDiCEConfig", "LogLikelihoodConfig"]


@dataclass(frozen=True)
class EstimatorConfig(Configuration):
    """An estimator of the inner policy gradient."""

    module: ClassVar[str] = "hypermaml.rl.estimators"

    def build(self) -> AbstractEstimator:
        """Return the estimator."""
        return self.builder(self)


@dataclass(frozen=True)
class LVCConfig(EstimatorConfig):
    """Low-variance curvature: one ratio of probabilities a step."""

    name: ClassVar[str] = "lvc"


@dataclass(frozen=True)
class LogLikelihoodConfig(EstimatorConfig):
    """The plain score function of MAML's code, biased in the second derivative."""

    name: ClassVar[str] = "log-likelihood"


@dataclass(frozen=True)
class DiCEConfig(EstimatorConfig):
    """Unbiased in every derivative, with a variance that grows with the horizon."""

    name: ClassVar[str] = "dice"


@dataclass(frozen=True)
class LoadedDiCEConfig(EstimatorConfig):
    """Between DiCE and low-variance curvature, by the decay of past actions."""

    name: ClassVar[str] = "loaded-dice"

    decay: float = 0.5
    """The credit that past actions keep per step, above 0, at most 1."""


ESTIMATORS: dict[str, type[EstimatorConfig]] = {
    kind.name: kind for kind in (LVCConfig, LogLikelihoodConfig, DiCEConfig, LoadedDiCEConfig)
}
