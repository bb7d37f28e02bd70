"""An inner rule that reads the moments of the outer optimizer."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, Int

from hypermaml._core.trees import NonTrainable
from hypermaml.adapt.rule import AbstractRule

FIRST_DECAY, SECOND_DECAY = 0.9, 0.999


class SharedAdam(AbstractRule):
    """Adam from moments that are given: each inner step is what Adam would do next with the task's gradient.

    m = β₁ M + (1 - β₁) g and v = β₂ V + (1 - β₂) g², both over what their weights sum to, and the step goes along
    m / √v. With M and V zero, before any outer update, that is the sign of the gradient. An entry with v = 0 stays. A
    task's steps leave M and V as they are.

    Attributes:
        first: M, of the structure of what adapts.
        second: V, alike.
        count: the outer updates that they are of.
    """

    rate: NonTrainable
    clip: NonTrainable | None
    later_rate: NonTrainable
    later_clip: NonTrainable | None
    first: NonTrainable
    second: NonTrainable
    count: NonTrainable

    def __init__(self, adapted: Any, rate: ArrayLike, *, clip: ArrayLike | None = None):
        """Begins with moments of zero.

        Args:
            adapted: what adapts.
            rate: the order of a step's length in each entry, in the units of the weights, > 0. An entry whose gradient
                is new to the moments moves by three times as much.
            clip: the task's gradient is scaled down to this norm before the moments join it; `None` for never.
        """
        self.rate = NonTrainable(rate)
        self.clip = self.later_clip = None if clip is None else NonTrainable(clip)
        self.later_rate = NonTrainable(1.0)
        zeros = jax.tree.map(jnp.zeros_like, eqx.filter(adapted, eqx.is_inexact_array))
        self.first, self.second, self.count = NonTrainable(zeros), NonTrainable(zeros), NonTrainable(jnp.zeros(()))

    def __call__(self, adapted: Any, gradient: Any, norm: Float[Array, ""], index: Int[Array, ""]) -> Any:
        shortening, counted = self.shortening(norm, index), self.count() + 1
        first_weight, second_weight = 1 - FIRST_DECAY**counted, 1 - SECOND_DECAY**counted

        def direct(g: Array, first: Array, second: Array) -> Array:
            g = shortening * g
            first = (FIRST_DECAY * first + (1 - FIRST_DECAY) * g) / first_weight
            second = (SECOND_DECAY * second + (1 - SECOND_DECAY) * g**2) / second_weight
            # With Adam's small number in the place of this, the outer gradient would be its reciprocal, times the
            # curvature, wherever a gradient is zero: that of adapters' A is while B is.
            nothing = second == 0
            return jnp.where(nothing, 0.0, first / jnp.sqrt(jnp.where(nothing, 1.0, second)))

        direction = jax.tree.map(direct, gradient, self.first(), self.second())
        return self.moved(adapted, direction, self.pace(index), index)
