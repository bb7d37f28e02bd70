"""Embedders that look at nothing."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.task_info import TaskInfo


class NoEmbedding(AbstractEmbedder):
    """No embedding, a vector of no entries: the method starts every task alike."""

    def __call__(self, task_info: TaskInfo) -> Float[Array, " 0"]:
        return jnp.zeros(0)


class Uninformative(AbstractEmbedder):
    """A vector of ones for every task: what is left of a conditioned method when nothing is known of the task.

    Attributes:
        size: the number of entries.
    """

    size: int = eqx.field(static=True)

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        return jnp.ones(self.size)
