"""The contract of an embedder, and the two that look at nothing."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml.evidence import Evidence


class AbstractEmbedder(eqx.Module):
    """Maps the evidence of one task to its embedding.

    Attributes:
        reads_support: whether it looks at the support set, which then is data that the task has used.
        draws: whether it draws its embedding in meta-training.
        explores: trajectories that it reads of each task before the first inner step.
    """

    @property
    def reads_support(self) -> bool:
        return False

    @property
    def draws(self) -> bool:
        return False

    @property
    def explores(self) -> int:
        return 0

    @abstractmethod
    def __call__(self, evidence: Evidence) -> Any:
        """The embedding of one task, a vector or what the initializer takes in its place; `vmap` stands outside."""

    def blank(self, evidence: Evidence) -> Any:
        """The embedding of a task that has not been explored yet: the learner that it gives explores."""
        return self(evidence)


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
