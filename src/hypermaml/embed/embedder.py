"""The contract of an embedder, and the two that look at nothing."""

from abc import abstractmethod
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml.evidence import Evidence


class AbstractEmbedder(eqx.Module):
    """Maps the evidence of one task to its embedding.

    Attributes:
        reads_support: whether it looks at the support set, which then is data that the task has used.
        draws: whether it draws its embedding in meta-training.
    """

    reads_support: ClassVar[bool] = False
    draws: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, evidence: Evidence) -> Any:
        """The embedding of one task, a vector or what the initializer takes in its place; `vmap` stands outside."""


class Absent(AbstractEmbedder):
    """No embedding, a vector of no entries: the method starts every task alike."""

    def __call__(self, evidence: Evidence) -> Float[Array, " 0"]:
        return jnp.zeros(0)


class Uninformative(AbstractEmbedder):
    """A vector of ones for every task: what is left of a conditioned method when nothing is known of the task.

    Attributes:
        size: the number of entries.
    """

    size: int = eqx.field(static=True)

    def __call__(self, evidence: Evidence) -> Float[Array, " embedding"]:
        return jnp.ones(self.size)
