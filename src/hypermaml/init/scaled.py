"""A generator whose generated change is made smaller or larger."""

from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, ArrayLike, Float, PyTree

from hypermaml._core.initializer import AbstractInitializer
from hypermaml._core.trees import NonTrainable
from hypermaml.init.generator import Generator


class Scaled(AbstractInitializer):
    """A generator whose generated change is multiplied by a factor: θ = b + c δ(e).

    Attributes:
        initializer: gives b and δ.
        factor: c; it is not trained.

    Raises:
        ValueError: the initializer adds nothing to a shared start, as a generator does.
    """

    initializer: "Generator | Scaled"
    factor: NonTrainable

    def __init__(self, initializer: "Generator | Scaled", factor: ArrayLike):
        if not isinstance(initializer, Generator | Scaled):
            raise ValueError(
                f"Scaled: the initializer is {type(initializer).__name__}, but it must be a generator, which adds a "
                "change to the start that all tasks share"
            )
        self.initializer, self.factor = initializer, NonTrainable(factor)

    @property
    def bias(self) -> Any:
        """Return the learner that all tasks share."""
        return self.initializer.bias

    @property
    def heads(self) -> PyTree[Array]:
        return self.initializer.heads

    def change(self, embedding: Float[Array, " embedding"]) -> Any:
        """Return what is added for the task with this embedding."""
        return jax.tree.map(lambda leaf: self.factor() * leaf, self.initializer.change(embedding))

    def __call__(self, embedding: Float[Array, " embedding"]) -> Any:
        """Return the learner of the task with this embedding."""
        return eqx.apply_updates(self.bias, self.change(embedding))
