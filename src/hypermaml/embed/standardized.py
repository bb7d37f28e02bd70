"""A given vector, standardized."""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml.embed.embedder import AbstractEmbedder
from hypermaml.evidence import Evidence
from hypermaml.trees import Fixed


def given_descriptor(evidence: Evidence) -> Float[Array, " descriptor"]:
    """The descriptor as it is given."""
    return evidence.descriptor


def true_task(evidence: Evidence) -> Float[Array, " parameters"]:
    """The task's true parameters: for the oracle alone."""
    return evidence.task


def mean_and_deviation(
    rows: Float[Array, "task entry"],
) -> tuple[Float[Array, " entry"], Float[Array, " entry"]]:
    """Of each entry over tasks; of one that does not vary exactly its value and 1, whatever rounding makes of it.

    Nor does one whose deviation is so small that its square is 0: an entry of MiniLM's vectors is about 1e-33.
    """
    mean, deviation = jnp.mean(rows, axis=0), jnp.std(rows, axis=0)
    varies = jnp.any(rows != rows[0], axis=0) & (deviation > 0)
    return jnp.where(varies, mean, rows[0]), jnp.where(varies, deviation, 1.0)


class Standardized(AbstractEmbedder):
    """A vector of the evidence, shifted and scaled to mean 0 and deviation 1 over meta-training tasks.

    Attributes:
        vector: which vector of the evidence, `given_descriptor` or `true_task`.
        mean: of the vector over meta-training tasks, shape `(embedding,)`.
        deviation: its standard deviation there; 1 where an entry does not vary.
    """

    vector: Callable[[Evidence], Array] = eqx.field(static=True)
    mean: Fixed
    deviation: Fixed

    @classmethod
    def fit(cls, vector: Callable[[Evidence], Array], evidence: Evidence) -> "Standardized":
        """Measures mean and deviation.

        Args:
            vector: which vector of the evidence.
            evidence: of many meta-training tasks, stacked along the first axis.
        """
        return cls(vector, *map(Fixed, mean_and_deviation(vector(evidence))))

    def __call__(self, evidence: Evidence) -> Float[Array, " embedding"]:
        """The standardized vector.

        Raises:
            ValueError: the vector has another width than the one that was measured.
        """
        row = self.vector(evidence)
        if row.shape != self.mean().shape:
            raise ValueError(
                f"the descriptor has {row.shape[-1]} entries where the method was built for {self.mean().shape[-1]}: "
                "describe the tasks as they were described when the method was trained"
            )
        return (row - self.mean()) / self.deviation()
