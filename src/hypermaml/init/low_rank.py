"""The low-rank generator: each matrix of the learner changes by a product of two generated factors."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from hypermaml.init.configuration import LowRank
from hypermaml.init.generator import AbstractChange, Features


class Factors(eqx.Module):
    """The change δ = A B / r, with A = A₀ + W_A h / n and B = W_B h / n from n features h.

    The columns of A are normalized to a mean square of 1, and A₀ starts as random signs, W_A and W_B as zero: while B
    moves by at most the outer rate, so does δ.

    Attributes:
        start: A₀, trained.
        left: W_A.
        right: W_B.

    Reference:
        Hu et al. 2021, "LoRA" (arXiv 2106.09685), section 4.1, for the start with one factor at zero.
    """

    start: Float[Array, "row rank"]
    left: Float[Array, "width row rank"]
    right: Float[Array, "width rank column"]

    def __init__(self, shape: tuple[int, ...], *, width: int, rank: int, key: PRNGKeyArray):
        """Draw untrained factors of a matrix of this shape, rows and columns."""
        rows, columns = shape
        self.start = jax.random.rademacher(key, (rows, rank), dtype=float)
        self.left = jnp.zeros((width, rows, rank))
        self.right = jnp.zeros((width, rank, columns))

    @property
    def heads(self) -> tuple[Array, Array]:
        """Return the last layers, which make factors from features."""
        return self.left, self.right

    def __call__(self, features: Float[Array, " width"]) -> Float[Array, "row column"]:
        left = self.start + jnp.tensordot(features, self.left, axes=1) / features.size
        left = left * jax.lax.rsqrt(jnp.mean(jnp.square(left), axis=0) + 1e-6)
        right = jnp.tensordot(features, self.right, axes=1) / features.size
        return left @ right / len(right)


class Whole(eqx.Module):
    """A leaf that is no larger than its factors would be: each entry is linear in the features, as in `DenseChange`.

    Attributes:
        heads: shape `(width, *leaf)`, zero before training.
    """

    heads: Array

    def __call__(self, features: Float[Array, " width"]) -> Array:
        return jnp.tensordot(features, self.heads, axes=1) / features.size


class LowRankChange(AbstractChange):
    """A matrix of `(row, column)` takes `width * rank * (row + column)` weights instead of `width * row * column`.

    Attributes:
        features: of the embedding, shared by all leaves.
        leaves: `Factors` of each matrix that has more entries than they would, `Whole` for every other leaf.
        structure: of the learner.
    """

    features: Features
    leaves: tuple[Factors | Whole, ...]
    structure: Any = eqx.field(static=True)

    def __init__(
        self, learner: Any, embedding: int, *, width: int = 32, depth: int = 2, rank: int = 2, key: PRNGKeyArray
    ):
        """Draw an untrained one.

        Args:
            learner: an ordinary initialization of the learner; each of its leaves is generated.
            embedding: entries of an embedding, at least 1.
            width: of each hidden layer, at least 1.
            depth: hidden layers, at least 1.
            rank: of the change of a matrix, at least 1.
            key: for hidden layers and signs.
        """
        if rank < 1:
            raise ValueError(f"the generator's rank is {rank}: it must be at least 1")
        self.features = Features(embedding, width=width, depth=depth, key=key)
        leaves, self.structure = jax.tree.flatten(learner)

        def part(index: int, leaf: Array) -> Factors | Whole:
            if leaf.ndim == 2 and rank * sum(leaf.shape) < leaf.size:
                return Factors(leaf.shape, width=width, rank=rank, key=jax.random.fold_in(key, index))
            return Whole(jnp.zeros((width, *leaf.shape)))

        self.leaves = tuple(part(index, leaf) for index, leaf in enumerate(leaves))

    @property
    def heads(self) -> PyTree[Array]:
        return tuple(part.heads for part in self.leaves)

    def __call__(self, embedding: Float[Array, " embedding"]) -> PyTree[Array]:
        features = self.features(embedding)
        return jax.tree.unflatten(self.structure, [part(features) for part in self.leaves])


def build(config: LowRank, learner: Any, size: int, *, key: PRNGKeyArray) -> LowRankChange:
    """Return the untrained change."""
    return LowRankChange(learner, size, width=config.width, depth=config.depth, rank=config.rank, key=key)
