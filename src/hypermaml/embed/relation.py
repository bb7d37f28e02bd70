"""LEO's encoder: from the pairs of the support examples to a distribution of latent codes, one code a class."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.task_info import TaskInfo
from hypermaml.nn.mlp import MLP, each
from hypermaml.nn.wrappers import Code, deviation


class RelationEncoder(AbstractEmbedder):
    """Every example is paired with every other one; a class's code is the mean over its examples' pairs.

    In meta-training the code is drawn; in a test it is the mean.

    Attributes:
        items: the support set as one item an example, stacked.
        labels: the class of each example.
        item: from an item to `(width,)`; trained.
        relation: from the features of a pair to mean and, by `deviation`, σ of a code; trained.
        classes: how many.
        row: entries of what will be decoded for a class.

    Reference:
        Rusu et al. 2019 (arXiv 1807.05960), section 2.3.1.
    """

    items: Callable[[Any], Any] = eqx.field(static=True)
    labels: Callable[[Any], Array] = eqx.field(static=True)
    item: Any
    relation: MLP
    classes: int = eqx.field(static=True)
    row: int = eqx.field(static=True)

    def __init__(
        self,
        items: Callable[[Any], Any],
        labels: Callable[[Any], Array],
        item: Any,
        *,
        classes: int,
        width: int,
        latent: int,
        row: int,
        key: PRNGKeyArray,
    ):
        """Draw an untrained encoder.

        Args:
            items: the support set as one item an example, stacked.
            labels: the class of each example, from 0 on.
            item: from an item to `(width,)`.
            classes: how many.
            width: features of an item.
            latent: entries of a code.
            row: entries of what will be decoded for a class.
            key: for the relation network.
        """
        self.items, self.labels, self.item = items, labels, item
        self.relation = MLP((2 * width, 2 * width, 2 * latent), key=key)
        self.classes, self.row = classes, row

    @property
    def reads_support(self) -> bool:
        return True

    def draw_noise(self, task_info: TaskInfo, *, key: PRNGKeyArray) -> tuple[Array, Array]:
        code, row = jax.random.split(key)
        latent = len(self.relation.head.weight) // 2
        return jax.random.normal(code, (self.classes, latent)), jax.random.normal(row, (self.classes, self.row))

    def __call__(self, task_info: TaskInfo) -> Code:
        features = each(self.item, self.items(task_info.support))
        count, labels = len(features), self.labels(task_info.support)
        pairs = jnp.concatenate([jnp.repeat(features, count, axis=0), jnp.tile(features, (count, 1))], axis=1)
        related = jax.vmap(self.relation)(pairs).reshape(count, count, -1).mean(1)
        members = jax.nn.one_hot(labels, self.classes)
        mean, spread = jnp.split(members.T @ related / members.sum(0)[:, None], 2, axis=1)
        std = deviation(spread)
        if task_info.noise is None:
            return Code(mean, mean, std, jnp.zeros((self.classes, self.row)))
        of_code, of_row = task_info.noise
        return Code(mean + std * of_code, mean, std, of_row)
