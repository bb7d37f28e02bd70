"""A given vector, standardized."""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.task_info import TaskInfo
from hypermaml._core.trees import NonTrainable


def given_descriptor(task_info: TaskInfo) -> Float[Array, " descriptor"]:
    """Return the description as it is given."""
    return task_info.description


def true_task(task_info: TaskInfo) -> Float[Array, " parameters"]:
    """Return the task's true parameters: for the oracle alone."""
    return task_info.parameters


def mean_and_deviation(
    rows: Float[Array, "task entry"],
) -> tuple[Float[Array, " entry"], Float[Array, " entry"]]:
    """Return both of each entry over tasks; of one that does not vary exactly its value and 1, despite rounding.

    Nor does one whose deviation is so small that its square is 0: an entry of MiniLM's vectors is about 1e-33.
    """
    mean, deviation = jnp.mean(rows, axis=0), jnp.std(rows, axis=0)
    varies = jnp.any(rows != rows[0], axis=0) & (deviation > 0)
    return jnp.where(varies, mean, rows[0]), jnp.where(varies, deviation, 1.0)


class Standardized(AbstractEmbedder):
    """A vector of the task_info, shifted and scaled to mean 0 and deviation 1 over meta-training tasks.

    Attributes:
        vector: which vector of the task_info, `given_descriptor` or `true_task`.
        mean: of the vector over meta-training tasks, shape `(embedding,)`.
        deviation: its standard deviation there; 1 where an entry does not vary.
    """

    vector: Callable[[TaskInfo], Array] = eqx.field(static=True)
    mean: NonTrainable
    deviation: NonTrainable

    @classmethod
    def fit(cls, vector: Callable[[TaskInfo], Array], task_info: TaskInfo) -> "Standardized":
        """Measure mean and deviation.

        Args:
            vector: which vector of the task_info.
            task_info: of many meta-training tasks, stacked along the first axis.
        """
        return cls(vector, *map(NonTrainable, mean_and_deviation(vector(task_info))))

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        """Return the standardized vector.

        Raises:
            ValueError: the vector has another width than the one that was measured.
        """
        row = self.vector(task_info)
        if row.shape != self.mean().shape:
            raise ValueError(
                f"the description has {row.shape[-1]} entries where the method was built for {self.mean().shape[-1]}: "
                "describe the tasks as they were described when the method was trained"
            )
        return (row - self.mean()) / self.deviation()
