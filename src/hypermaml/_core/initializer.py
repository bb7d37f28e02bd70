"""The contract of an initializer."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
from jaxtyping import Array, PyTree


class AbstractInitializer(eqx.Module):
    """Map the embedding of one task to the learner that adaptation starts from."""

    @abstractmethod
    def __call__(self, embedding: Any) -> Any:
        """The learner of one task before adaptation; `vmap` stands outside."""

    @property
    def heads(self) -> PyTree[Array]:
        """The last layers of a generator, which make weights from features; an initializer of another kind has none."""
        return ()
