"""What the methods that read an embedding of the task share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import hypermaml as hm

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray


@dataclass(frozen=True)
class EmbeddingMethod(hm.MethodConfig):
    """The configuration of a method that reads an embedding of the task, whatever it then does with it."""

    embedder: hm.EmbedderConfig = hm.Description()
    """The parts of the task information that are embedded; several are joined."""
    embedding_dropout: float = 0.0
    """Probability that an entry of the embedding is 0 in meta-training, >= 0 and below 1."""

    def __post_init__(self):
        super().__post_init__()
        if not self.embedding_dropout < 1:
            raise ValueError(f"embedding_dropout is {self.embedding_dropout}, but it must be at least 0 and below 1")

    @property
    def reads_description(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether its embedder does."""
        return self.embedder.reads_description

    @property
    def needs_fixed_support(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether its embedder does."""
        return self.embedder.needs_fixed_support

    @property
    def needs_trajectories(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether its embedder does."""
        return self.embedder.needs_trajectories

    def embed(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> tuple[hm.embed.AbstractEmbedder, int]:
        embedder, size = self.embedder.build(family, key=key)
        return (hm.embed.Dropped(embedder, self.embedding_dropout) if self.embedding_dropout else embedder), size
