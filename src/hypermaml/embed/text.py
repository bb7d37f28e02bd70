"""A text by its vector."""

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.task_info import TaskInfo
from hypermaml.embed.standardized import Standardized


class Projected(AbstractEmbedder):
    """A learned projection of a long vector, such as that of a text, after it is standardized.

    Attributes:
        inner: gives the standardized vector.
        layer: linear; trained.
    """

    inner: Standardized
    layer: eqx.nn.Linear

    def __init__(self, inner: Standardized, *, size: int, key: PRNGKeyArray):
        """Draw an untrained projection.

        Args:
            inner: gives the standardized vector.
            size: entries of the embedding, at least 1.
            key: for the layer.
        """
        self.inner = inner
        self.layer = eqx.nn.Linear(inner.mean().size, size, key=key)

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        return self.layer(self.inner(task_info))
