"""An initializer for clear descriptions, and another one for blurred ones."""

from typing import Any

from jaxtyping import Array, Float, PyTree

from hypermaml._core.initializer import AbstractInitializer
from hypermaml._core.trees import switch


class Switched(AbstractInitializer):
    """The learner of one initializer where the last entry of the embedding is 0, and that of another elsewhere.

    For embeddings of `hypermaml.embed.Augmented`, whose last entry is the blur. The two share nothing: the losses of
    blurred visits are larger, and shared weights would follow them alone.

    Attributes:
        clear: of the embedding without its last entry.
        blurred: of the whole embedding.
    """

    clear: AbstractInitializer
    blurred: AbstractInitializer

    @property
    def heads(self) -> PyTree[Array]:
        return self.clear.heads, self.blurred.heads

    def __call__(self, embedding: Float[Array, " embedding"]) -> Any:
        return switch(embedding[-1] > 0, self.clear(embedding[:-1]), self.blurred(embedding))
