"""A change for clear descriptions, and another one for blurred ones."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from hypermaml.init.generator import AbstractChange


class Switched(AbstractChange):
    """The change of one generator where the last entry of the embedding is 0, and that of another elsewhere.

    For embeddings of `hypermaml.embed.Augmented`, whose last entry is the blur. In one generator the blurred visits,
    whose losses are larger, would cost the clear ones accuracy.

    Attributes:
        clear: of the embedding without its last entry.
        blurred: of the whole embedding.
    """

    clear: AbstractChange
    blurred: AbstractChange

    @property
    def heads(self) -> PyTree[Array]:
        return self.clear.heads, self.blurred.heads

    def __call__(self, embedding: Float[Array, " embedding"]) -> PyTree[Array]:
        clear, blurred = self.clear(embedding[:-1]), self.blurred(embedding)
        return jax.tree.map(lambda one, other: jnp.where(embedding[-1] > 0, other, one), clear, blurred)
