"""The chunked generator: one network makes all pieces of the weights, told which by learned embeddings."""

from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from hypermaml._core.trees import NonTrainable
from hypermaml.init.configuration import Chunked
from hypermaml.init.generator import AbstractChange, Features
from hypermaml.init.pieces import count_pieces, joined


class ChunkedChange(AbstractChange):
    """Piece j changes by W h(e, z_j) / n, with z_j its own embedding and W zero before training.

    Features and head are shared by all pieces, of `chunk` weights each, so that the generator grows with the learner by
    one embedding a piece. Unlike in `LayerGenerator` the features are not linear: there the task adds the same to every
    piece.

    Attributes:
        features: h, of the task's and a piece's embedding.
        pieces: z_j; trained.
        weight: W, shape `(width, chunk)`.
        like: the learner, for its structure.

    Reference:
        Ha et al. 2017, "HyperNetworks" (arXiv 1609.09106), section 3.1, for embeddings of layers; von Oswald et al.
        2020, "Continual learning with hypernetworks" (arXiv 1906.00695), section 2, for chunks.
    """

    features: Features
    pieces: Float[Array, "piece code"]
    weight: Float[Array, "width chunk"]
    like: NonTrainable

    def __init__(
        self,
        learner: Any,
        embedding: int,
        *,
        width: int = 64,
        depth: int = 2,
        code: int = 16,
        chunk: int = 100,
        key: PRNGKeyArray,
    ):
        """Draw an untrained one.

        Args:
            learner: an ordinary initialization of the learner; each of its leaves is generated.
            embedding: entries of an embedding, at least 1.
            width: of each hidden layer, at least 1.
            depth: hidden layers, at least 1.
            code: entries of a piece's embedding, at least 1.
            chunk: weights of a piece, at least 1.
            key: for hidden layers and pieces.
        """
        for name, value in {"embedding": embedding, "code": code}.items():
            if value < 1:
                raise ValueError(f"the generator's {name} is {value}: it must be at least 1")
        features, pieces = jax.random.split(key)
        self.features = Features(embedding + code, width=width, depth=depth, key=features)
        self.pieces = jax.random.normal(pieces, (count_pieces(learner, chunk), code))
        self.weight = jnp.zeros((width, chunk))
        self.like = NonTrainable(learner)

    @property
    def heads(self) -> PyTree[Array]:
        return self.weight

    def __call__(self, embedding: Float[Array, " embedding"]) -> PyTree[Array]:
        features = jax.vmap(lambda piece: self.features(jnp.concatenate([embedding, piece])))(self.pieces)
        like = self.like()
        return ravel_pytree(like)[1](joined(features @ self.weight / features.shape[1], like))


def build(config: Chunked, learner: Any, size: int, *, key: PRNGKeyArray) -> ChunkedChange:
    """Return the untrained change."""
    return ChunkedChange(learner, size, width=config.width, depth=config.depth, key=key)
