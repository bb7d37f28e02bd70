"""Embedders made of others."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.task_info import TaskInfo


class Joined(AbstractEmbedder):
    """The embeddings of several embedders, one after another.

    Attributes:
        parts: at least one, whose embeddings are vectors.
    """

    parts: tuple[AbstractEmbedder, ...]

    @property
    def reads_support(self) -> bool:
        return any(part.reads_support for part in self.parts)

    @property
    def draws(self) -> bool:
        return any(part.draws for part in self.parts)

    @property
    def explores(self) -> int:
        return max(part.explores for part in self.parts)

    def blank(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        return jnp.concatenate([part.blank(task_info) for part in self.parts])

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        return jnp.concatenate([part(task_info) for part in self.parts])


class Dropped(AbstractEmbedder):
    """In meta-training, entries of the embedding become 0 at random; in tests none does.

    0 is the mean of a standardized descriptor, so that nothing is rescaled: the generator learns what to do where a
    description is missing.

    Attributes:
        inner: what is dropped from.
        share: the probability that an entry is dropped.

    Raises:
        ValueError: the share is no probability below 1.
    """

    inner: AbstractEmbedder
    share: float = eqx.field(static=True)

    def __check_init__(self):
        if not 0 <= self.share < 1:
            raise ValueError(f"descriptor_dropout is {self.share}, but it must be at least 0 and below 1")

    @property
    def reads_support(self) -> bool:
        return self.inner.reads_support

    @property
    def draws(self) -> bool:
        return True

    @property
    def explores(self) -> int:
        return self.inner.explores

    def blank(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        return self.inner.blank(task_info)

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        embedding = self.inner(task_info)
        if task_info.key is None:
            return embedding
        return jnp.where(jax.random.bernoulli(task_info.key, self.share, embedding.shape), 0.0, embedding)
