"""Any Equinox module as a learner."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np


class ModuleLearner(eqx.Module):
    """Holds a module whose leaves are not all floating-point arrays, so that it passes through `vmap` and `scan`.

    Attributes:
        weights: the module's floating-point arrays, with `None` in the place of every other leaf.
        buffers: its other arrays, such as integers; they neither adapt nor train.
        rest: its functions, numbers and names.
    """

    weights: Any
    buffers: Any
    rest: Any = eqx.field(static=True)

    @property
    def module(self) -> Any:
        """The module as its author wrote it."""
        return eqx.combine(self.weights, self.buffers, self.rest)

    def __call__(self, x: Any) -> Any:
        """Return the module's output."""
        return self.module(x)


def as_learner(module: Any) -> Any:
    """Return the module itself where all of its leaves are floating-point arrays, else a `ModuleLearner` around it.

    Raises:
        TypeError: the module cannot be called.
    """
    if not callable(module):
        raise TypeError(f"the model is a {type(module).__name__}, but it must be callable on one input")
    if all(eqx.is_inexact_array(leaf) for leaf in jax.tree.leaves(module)):
        return module
    module = jax.tree.map(lambda leaf: jnp.asarray(leaf) if isinstance(leaf, np.ndarray) else leaf, module)
    weights, others = eqx.partition(module, eqx.is_inexact_array)
    buffers, rest = eqx.partition(others, eqx.is_array)
    return ModuleLearner(weights, buffers, rest)


def module_of(learner: Any) -> Any:
    """Return the module that a learner holds, as its author wrote it."""
    return learner.module if isinstance(learner, ModuleLearner) else learner
