"""Learned encoders of the support set, which do not depend on the order of its examples."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.family import AbstractFamily
from hypermaml._core.task_info import TaskInfo
from hypermaml.embed.configuration import SupportSet
from hypermaml.embed.keys import Sized, set_keys, supervised
from hypermaml.nn.mlp import MLP, each


class DeepSets(AbstractEmbedder):
    """The mean of what a network makes of each example, ρ(Σ_k φ(x_k, y_k) / K).

    Attributes:
        items: the support set as one item an example, stacked.
        item: φ, from an item to `(feature,)`; trained.
        last: ρ, from the rectified mean of the features to the embedding; trained.

    Reference:
        Zaheer et al. 2017, "Deep sets" (arXiv 1703.06114), theorem 2.
    """

    items: Callable[[Any], Any] = eqx.field(static=True)
    item: Any
    last: MLP

    def __init__(self, items: Callable[[Any], Any], item: Any, *, width: int, size: int, key: PRNGKeyArray):
        """Draw an untrained encoder.

        Args:
            items: the support set as one item an example, stacked.
            item: from an item to `(width,)`.
            width: features of an item, at least 1.
            size: entries of the embedding, at least 1.
            key: for the last layers.
        """
        self.items, self.item = items, item
        self.last = MLP((width, width, size), key=key)

    @property
    def reads_support(self) -> bool:
        return True

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        features = each(self.item, self.items(task_info.support))
        return self.last(jax.nn.relu(jnp.mean(features, axis=0)))


class Attention(AbstractEmbedder):
    """The examples attend to each other, then a learned query attends to all of them.

    Attributes:
        items: the support set as one item an example, stacked.
        item: from an item to `(feature,)`; trained.
        among: attention of the examples to each other; trained.
        query: what asks for the embedding, shape `(feature,)`; trained.
        pool: attention of the query to the examples; trained.
        last: from features to the embedding; trained.

    Reference:
        Lee et al. 2019, "Set transformer" (arXiv 1810.00825), equations 6, 7 and 11, without layer normalization.
    """

    items: Callable[[Any], Any] = eqx.field(static=True)
    item: Any
    among: eqx.nn.MultiheadAttention
    query: Float[Array, " feature"]
    pool: eqx.nn.MultiheadAttention
    last: MLP

    def __init__(
        self, items: Callable[[Any], Any], item: Any, *, width: int, size: int, heads: int = 4, key: PRNGKeyArray
    ):
        """Draw an untrained encoder.

        Args:
            items: the support set as one item an example, stacked.
            item: from an item to `(width,)`.
            width: features of an item, a multiple of `heads`.
            size: entries of the embedding, at least 1.
            heads: of the attentions, at least 1.
            key: for all layers but `item`.
        """
        if width % heads:
            raise ValueError(f"Attention: width is {width}, but it must be a multiple of the {heads} heads")
        among, query, pool, last = jax.random.split(key, 4)
        self.items, self.item = items, item
        self.among = eqx.nn.MultiheadAttention(heads, width, key=among)
        self.query = jax.random.normal(query, (width,))
        self.pool = eqx.nn.MultiheadAttention(heads, width, key=pool)
        self.last = MLP((width, width, size), key=last)

    @property
    def reads_support(self) -> bool:
        return True

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        features = jax.nn.relu(each(self.item, self.items(task_info.support)))
        features = features + self.among(features, features, features)
        asked = self.query[None]
        return self.last(jax.nn.relu(self.query + self.pool(asked, features, features)[0]))


def build(config: SupportSet, family: AbstractFamily, *, key: PRNGKeyArray) -> Sized:
    """Return the untrained encoder of the family's support sets and the size of its embedding."""
    examples, (item_key, set_key) = supervised(family), set_keys(key, 2)
    kind = {"mean": DeepSets, "attention": Attention}[config.pooling]
    item = examples.item_encoder(config.width, key=item_key)
    return kind(examples.items, item, width=config.width, size=config.size, key=set_key), config.size
