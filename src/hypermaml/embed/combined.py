"""Embedders made of others."""

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.family import AbstractFamily
from hypermaml._core.task_info import TaskInfo
from hypermaml.embed.around import AbstractAround
from hypermaml.embed.configuration import Together
from hypermaml.embed.keys import Sized


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
    def reads_mode(self) -> bool:
        return any(part.reads_mode for part in self.parts)

    @property
    def explores(self) -> int:
        return max(part.explores for part in self.parts)

    def blank(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        return jnp.concatenate([part.blank(task_info) for part in self.parts])

    def draw_noise(self, task_info: TaskInfo, *, key: PRNGKeyArray) -> Any:
        drawn = tuple(part.draw_noise(task_info, key=key) for part in self.parts)
        return drawn if jax.tree.leaves(drawn) else None

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        noise = task_info.noise or (None,) * len(self.parts)
        parts = zip(self.parts, noise, strict=True)
        return jnp.concatenate([part(replace(task_info, noise=drawn)) for part, drawn in parts])


class Dropped(AbstractAround):
    """In meta-training, entries of the embedding become 0 at random; in tests none does.

    0 is the mean of a standardized descriptor, so that nothing is rescaled: the generator learns what to do where a
    description is missing.

    Attributes:
        inner: what is dropped from.
        share: the probability that an entry is dropped.

    Raises:
        ValueError: the share is not a probability below 1.
    """

    inner: AbstractEmbedder
    share: float = eqx.field(static=True)

    def __check_init__(self):
        if not 0 <= self.share < 1:
            raise ValueError(f"embedding_dropout is {self.share}, but it must be at least 0 and below 1")

    def blank(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        return self.inner.blank(task_info)

    def draw_noise(self, task_info: TaskInfo, *, key: PRNGKeyArray) -> Any:
        shape = jax.eval_shape(self.inner, task_info).shape
        return jax.random.bernoulli(key, self.share, shape), self.inner.draw_noise(task_info, key=key)

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        if task_info.noise is None:
            return self.inner(task_info)
        dropped, inner = task_info.noise
        return jnp.where(dropped, 0.0, self.inner(replace(task_info, noise=inner)))


def build(config: Together, family: AbstractFamily, *, key: PRNGKeyArray) -> Sized:
    """Return the embedders side by side and the size of their embeddings together."""
    made = [part.build(family, key=key) for part in config.parts]
    return Joined(tuple(embed for embed, _ in made)), sum(size for _, size in made)
