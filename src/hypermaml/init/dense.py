"""The dense generator: a linear head for each leaf of the learner."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from hypermaml.init.configuration import Dense
from hypermaml.init.generator import AbstractChange, Features


class DenseChange(AbstractChange):
    """The change δ = W h(e) / n, with n features h of the embedding and W zero before training.

    Attributes:
        features: h.
        weight: for each leaf of the learner an array of shape `(width, *leaf)`.
    """

    features: Features
    weight: PyTree[Array]

    def __init__(self, learner: Any, embedding: int, *, width: int = 100, depth: int = 2, key: PRNGKeyArray):
        """Draw an untrained one.

        Args:
            learner: an ordinary initialization of the learner; each of its leaves is generated.
            embedding: entries of an embedding, at least 1.
            width: of each hidden layer, at least 1.
            depth: hidden layers, at least 1.
            key: for the hidden layers.
        """
        self.features = Features(embedding, width=width, depth=depth, key=key)
        self.weight = jax.tree.map(lambda leaf: jnp.zeros((width, *leaf.shape), leaf.dtype), learner)

    @property
    def heads(self) -> PyTree[Array]:
        return self.weight

    def __call__(self, embedding: Float[Array, " embedding"]) -> PyTree[Array]:
        features = self.features(embedding)
        return jax.tree.map(lambda w: jnp.tensordot(features, w, axes=1) / features.size, self.weight)


def build(config: Dense, learner: Any, size: int, *, key: PRNGKeyArray) -> DenseChange:
    """Return the untrained change."""
    return DenseChange(learner, size, width=config.width, depth=config.depth, key=key)
