"""Moments of the outer optimizer for the inner loop."""

from typing import Any

import equinox as eqx
import optax

from hypermaml._core.method import Method
from hypermaml._core.trees import NonTrainable


def shared_moments(state: Any, method: Method) -> Method:
    """Return the method whose `SharedAdam` has Adam's moments of the initialization.

    Args:
        state: of an optax chain with one Adam in it.
        method: starts every task alike (`Constant`) and adapts the whole learner: the moments are of its weights.
    """
    first, second, count = (optax.tree_utils.tree_get(state, name) for name in ("mu", "nu", "count"))
    return eqx.tree_at(
        lambda m: (m.adapt.rule.first, m.adapt.rule.second, m.adapt.rule.count),
        method,
        (NonTrainable(first.init.learner), NonTrainable(second.init.learner), NonTrainable(count.astype(float))),
    )
