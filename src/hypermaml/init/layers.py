"""Ha's hypernetwork: one small generator for all layers, told which by a learned embedding."""

import math
from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.initializer import AbstractInitializer
from hypermaml._core.trees import NonTrainable
from hypermaml.init.configuration import Layers
from hypermaml.init.pieces import count_pieces, joined


class LayerGenerator(AbstractInitializer):
    """Every piece of the learner's weights is s_j ∘ (W₂ (W₁ z_j + U e) + b), z_j its own embedding.

    Both layers are linear and shared by all pieces, of `chunk` weights each; e is the embedding of the task. U starts
    at zero, so that at first every task starts alike. The fixed scales s_j give each leaf the deviation that its
    ordinary initialization has.

    Attributes:
        pieces: z_j, shape `(piece, code)`; trained.
        first: W₁, shape `(hidden, code)`; trained.
        task: U, shape `(hidden, embedding)`; trained.
        second: W₂, shape `(chunk, hidden)`; trained.
        bias: b, shape `(chunk,)`; trained.
        scale: of each weight of the learner.
        like: the learner that is generated, for its structure.

    Reference:
        Ha et al. 2017, "HyperNetworks" (arXiv 1609.09106), section 3.1.
    """

    pieces: Float[Array, "piece code"]
    first: Float[Array, "hidden code"]
    task: Float[Array, "hidden embedding"]
    second: Float[Array, "chunk hidden"]
    bias: Float[Array, " chunk"]
    scale: NonTrainable
    like: NonTrainable

    def __init__(
        self, learner: Any, embedding: int, *, code: int = 16, hidden: int = 64, chunk: int = 100, key: PRNGKeyArray
    ):
        """Draw an untrained generator.

        Args:
            learner: an ordinary initialization of the learner; each of its leaves is generated.
            embedding: entries of a task's embedding; 0 for none.
            code: entries of a piece's embedding, at least 1.
            hidden: width, at least 1.
            chunk: weights of a piece, at least 1.
            key: for all of it.
        """
        pieces, first, second = jax.random.split(key, 3)
        self.pieces = jax.random.normal(pieces, (count_pieces(learner, chunk), code))
        self.first = jax.random.normal(first, (hidden, code)) / math.sqrt(code)
        self.task = jnp.zeros((hidden, embedding))
        self.second = jax.random.normal(second, (chunk, hidden)) / math.sqrt(hidden)
        self.bias = jnp.zeros(chunk)
        deviations = jax.tree.map(lambda leaf: jnp.full_like(leaf, jnp.sqrt(jnp.mean(leaf**2))), learner)
        self.scale, self.like = NonTrainable(ravel_pytree(deviations)[0]), NonTrainable(learner)

    def __call__(self, embedding: Float[Array, " embedding"]) -> Any:
        hidden = self.pieces @ self.first.T + self.task @ embedding
        like = self.like()
        return ravel_pytree(like)[1](self.scale() * joined(hidden @ self.second.T + self.bias, like))


def build(config: Layers, learner: Any, size: int, *, key: PRNGKeyArray) -> LayerGenerator:
    """Return the untrained generator.

    Raises:
        ValueError: it would be stuck, since a matrix of the learner is zero and the generator scales each leaf by its
            own deviation.
    """
    if any(leaf.ndim > 1 and not jnp.any(leaf) for leaf in jax.tree.leaves(learner)):
        raise ValueError(
            f"generator is {config}, but a matrix of the learner starts as zeros, which it could not move, as LoRA's "
            "does: choose another generator"
        )
    return LayerGenerator(learner, size, key=key)
