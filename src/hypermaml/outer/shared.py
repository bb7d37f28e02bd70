"""Gradient descent whose moments the inner loop shares."""

from typing import Any

import equinox as eqx
import optax
from jaxtyping import ArrayLike

from hypermaml.method import Method
from hypermaml.outer.descent import Descent
from hypermaml.trees import Fixed


class SharedDescent(Descent):
    """Adam on the outer loss, whose moments of the initialization go to a `SharedAdam` after each update.

    For a method that starts every task alike (`Constant`) and adapts the whole learner: moments are of its weights.
    """

    def __init__(self, transform: optax.GradientTransformation, rate: ArrayLike = 1.0):
        super().__init__(transform, rate)

    def handing_over(self, state: Any, method: Method) -> Method:
        first, second, count = (optax.tree_utils.tree_get(state, name) for name in ("mu", "nu", "count"))
        return eqx.tree_at(
            lambda m: (m.adapt.rule.first, m.adapt.rule.second, m.adapt.rule.count),
            method,
            (Fixed(first.init.learner), Fixed(second.init.learner), Fixed(count.astype(float))),
        )
