"""A system: a method, what it is meta-trained for, and how."""

import equinox as eqx

from hypermaml.method import Method
from hypermaml.objective import Objective
from hypermaml.outer.outer import AbstractOuter


class System(eqx.Module):
    """A published system is an assembly of these three.

    Attributes:
        method: embed, init, adapt; its trainable arrays are φ.
        objective: which inner steps count.
        outer: how the outer loss changes φ.
    """

    method: Method
    objective: Objective
    outer: AbstractOuter
