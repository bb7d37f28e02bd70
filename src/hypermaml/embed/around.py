"""What embedders around another one share."""

import equinox as eqx

from hypermaml._core.embedder import AbstractEmbedder


class AbstractAround(AbstractEmbedder):
    """Change the embedding of another embedder, which reads what that one reads.

    Attributes:
        inner: whose embedding is changed.
    """

    inner: eqx.AbstractVar[AbstractEmbedder]

    @property
    def reads_support(self) -> bool:
        return self.inner.reads_support

    @property
    def reads_mode(self) -> bool:
        return self.inner.reads_mode

    @property
    def explores(self) -> int:
        return self.inner.explores
