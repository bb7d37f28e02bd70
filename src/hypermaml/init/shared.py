"""Initializers that start every task from the same weights."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml._core.initializer import AbstractInitializer
from hypermaml.nn.wrappers import Context


class Constant(AbstractInitializer):
    """The same learner for every task: MAML's θ.

    Attributes:
        learner: its arrays are trained.
    """

    learner: Any

    def __call__(self, embedding: Float[Array, " embedding"]) -> Any:
        return self.learner


class Conditioned(AbstractInitializer):
    """The same network for every task, which reads the embedding beside its input.

    Attributes:
        network: takes vectors of `input + embedding` entries; its arrays are trained.
    """

    network: Any

    def __call__(self, embedding: Float[Array, " embedding"]) -> Context:
        return Context(self.network, embedding)


class Blank(AbstractInitializer):
    """The same network for every task, with a context of zeros.

    Attributes:
        network: takes vectors of `input + context` entries; its arrays are trained.
        size: entries of the context.
    """

    network: Any
    size: int = eqx.field(static=True)

    def __call__(self, embedding: Float[Array, " embedding"]) -> Context:
        return Context(self.network, jnp.zeros(self.size))


class Selected(AbstractInitializer):
    """One of several learners, which the embedding chooses.

    Attributes:
        learners: stacked along the first axis; their arrays are trained.
    """

    learners: Any

    @classmethod
    def alike(cls, learner: Any, count: int) -> "Selected":
        """Return so many learners that start alike."""
        return cls(jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (count, *leaf.shape)), learner))

    def __call__(self, embedding: Float[Array, " embedding"]) -> Any:
        """Return the learner whose entry of the embedding is 1 where all others are 0."""
        return jax.tree.map(lambda leaf: jnp.tensordot(embedding, leaf, axes=1), self.learners)
