"""What MAML++ changes while it trains."""

import math
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from hypermaml._core.objective import Objective
from hypermaml._core.system import System
from hypermaml._core.trees import NonTrainable
from hypermaml.adapt.adjoint import Weighted

LEAST_WEIGHT = 0.03
LEAST_RATE = 0.01


@dataclass(frozen=True)
class Annealing:
    """MAML++'s schedules, each of which may be absent.

    Attributes:
        loss_until: share of training in which the weights of the inner steps before the last fall from that of all to
            3% of it; from then on the last step alone counts. `None` for weights as they are.
        first_order_until: share of training in which the outer gradient is first-order; `None` for none.
        cosine: whether the outer rate falls along a cosine to 1%.
    """

    loss_until: float | None
    first_order_until: float | None
    cosine: bool

    def __call__(self, system: System, progress: Float[Array, ""]) -> System:
        """Return the system at a share of its training."""
        if self.loss_until is not None:
            weights = step_weights(system.objective.steps, jnp.clip(progress / self.loss_until, 0, 1))
            system = eqx.tree_at(lambda s: s.objective, system, Objective(weights, system.objective.budget))
        if self.first_order_until is not None:
            adjoint = Weighted(jnp.asarray(progress >= self.first_order_until, float))
            system = eqx.tree_at(lambda s: s.method.adapt.adjoint, system, adjoint)
        if self.cosine:
            outer: Any = system.outer
            share = LEAST_RATE + (1 - LEAST_RATE) * 0.5 * (1 + jnp.cos(math.pi * progress))
            system = eqx.tree_at(lambda s: s.outer.rate, system, NonTrainable(outer.rate() * share))
        return system


def step_weights(steps: int, share: ArrayLike) -> tuple[float | Array, ...]:
    """Return the weights of inner steps 0..N, of sum 1, at a share of their annealing; at its end the last has all.

    Args:
        steps: inner steps N in meta-training, >= 1.
        share: of the annealing, >= 0; from 1 on the last step has all of the weight.

    Reference:
        https://github.com/AntreasAntoniou/HowToTrainYourMAMLPytorch, `few_shot_learning_system.py`.
    """
    share = jnp.asarray(share, float)
    other = jnp.where(share < 1, (1 - share * (1 - LEAST_WEIGHT)) / steps, 0.0)
    return (0.0, *(other,) * (steps - 1), 1 - (steps - 1) * other)
