"""A system: a method, what it is meta-trained for, and how."""

from collections.abc import Callable

import equinox as eqx
from jaxtyping import Array, Float

from hypermaml._core.method import Method
from hypermaml._core.objective import Objective
from hypermaml._core.outer import AbstractOuter


def steady(system: "System", progress: Float[Array, ""]) -> "System":
    """Return the system as it is, at every share of its training.

    Args:
        system: in training.
        progress: the share, from 0 to below 1.
    """
    return system


class System(eqx.Module):
    """A published system is an assembly of these.

    Attributes:
        method: embed, init, adapt; its trainable arrays are φ.
        objective: which inner steps count.
        outer: how the outer loss changes φ.
        schedule: the system at a share of its training, from 0 to below 1; it changes no trainable array.
    """

    method: Method
    objective: Objective
    outer: AbstractOuter
    schedule: Callable[["System", Float[Array, ""]], "System"] = eqx.field(static=True, default=steady)
