"""Embedders by configuration. Nothing here waits for JAX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from hypermaml._misc.configuration import Configuration

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.embedder import AbstractEmbedder
    from hypermaml._core.family import AbstractFamily

__all__ = [
    "Description",
    "EmbedderConfig",
    "EncodedCurves",
    "EncodedPoints",
    "Mode",
    "ModeTable",
    "ProjectedText",
    "SupportSet",
    "Task2Vec",
    "Together",
    "Trajectories",
]


@dataclass(frozen=True)
class EmbedderConfig(Configuration):
    """An embedding of a part of the task information. `one + other` joins two embeddings."""

    reads_description: ClassVar[bool] = False
    """Whether it reads the task's description."""
    needs_fixed_support: ClassVar[bool] = False
    """Whether it needs one support set a task, or tasks of several kinds, which supervised families have."""
    needs_trajectories: ClassVar[bool] = False
    """Whether it needs trajectories of a policy, which reinforcement learning has."""

    @property
    def parts(self) -> tuple[EmbedderConfig, ...]:
        """Return the embedders that are joined."""
        return (self,)

    def __add__(self, other: EmbedderConfig) -> Together:
        """Return the two embedders side by side."""
        return Together((*self.parts, *other.parts))

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> tuple[AbstractEmbedder, int]:
        """Return the untrained embedder and the size of its embedding.

        Args:
            family: what it will be trained on; its tasks give the mean and the deviation of numbers.
            key: for the initialization and for these tasks.

        Raises:
            ValueError: the family has nothing that such an embedder could read.
        """
        return self.builder(self, family, key=key)


@dataclass(frozen=True)
class Together(EmbedderConfig):
    """Several embeddings, one after another; `Description() + SupportSet()` makes one."""

    name: ClassVar[str] = "together"
    module: ClassVar[str] = "hypermaml.embed.combined"

    parts: tuple[EmbedderConfig, ...] = ()  # pyright: ignore[reportIncompatibleMethodOverride]
    """The embedders, at least one."""

    def __post_init__(self):
        if not self.parts or not all(isinstance(part, EmbedderConfig) for part in self.parts):
            raise ValueError(f"parts are {self.parts}, but they must be embedders, at least one")

    @property
    def reads_description(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether one of them does."""
        return any(part.reads_description for part in self.parts)

    @property
    def needs_fixed_support(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether one of them does."""
        return any(part.needs_fixed_support for part in self.parts)

    @property
    def needs_trajectories(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether one of them does."""
        return any(part.needs_trajectories for part in self.parts)


@dataclass(frozen=True)
class Described(EmbedderConfig):
    """What the embedders of a description share."""

    module: ClassVar[str] = "hypermaml.embed.description"
    reads_description: ClassVar[bool] = True


@dataclass(frozen=True)
class Description(Described):
    """The description: numbers are standardized, curves and points are encoded, several are joined."""

    name: ClassVar[str] = "description"

    width: int = 64
    """Features of the encoder of curves or points, >= 1."""
    size: int = 32
    """Entries of the embedding of curves or points, >= 1; numbers keep theirs."""


@dataclass(frozen=True)
class EncodedCurves(Described):
    """A description by curves, encoded by convolutions over time."""

    name: ClassVar[str] = "curves"

    width: int = 64
    """Features of the encoder, >= 1."""
    size: int = 32
    """Entries of the embedding, >= 1."""


@dataclass(frozen=True)
class EncodedPoints(Described):
    """A description by points, encoded without regard to their order."""

    name: ClassVar[str] = "points"

    width: int = 64
    """Features of the encoder, >= 1."""
    size: int = 32
    """Entries of the embedding, >= 1."""


@dataclass(frozen=True)
class ProjectedText(Described):
    """A description by the vector of a text, projected."""

    name: ClassVar[str] = "text"

    size: int = 32
    """Entries of the embedding, >= 1."""


@dataclass(frozen=True)
class SupportSet(EmbedderConfig):
    """A learned encoder of the support set, which does not depend on the order of its examples."""

    name: ClassVar[str] = "support-set"
    module: ClassVar[str] = "hypermaml.embed.set_encoder"
    needs_fixed_support: ClassVar[bool] = True

    pooling: Literal["mean", "attention"] = "attention"
    """How the examples are joined: the mean of their features (Deep Sets), or attention."""
    width: int = 64
    """Features of an example, >= 1; with attention a multiple of 4."""
    size: int = 32
    """Entries of the embedding, >= 1."""


@dataclass(frozen=True)
class Mode(EmbedderConfig):
    """The kind of the task: 1 at its own, 0 elsewhere."""

    name: ClassVar[str] = "mode"
    module: ClassVar[str] = "hypermaml.embed.mode"
    needs_fixed_support: ClassVar[bool] = True


@dataclass(frozen=True)
class ModeTable(EmbedderConfig):
    """A learned vector for each kind of task."""

    name: ClassVar[str] = "mode-table"
    module: ClassVar[str] = "hypermaml.embed.mode"
    needs_fixed_support: ClassVar[bool] = True

    size: int = 32
    """Entries of the embedding, >= 1."""


@dataclass(frozen=True)
class Task2Vec(EmbedderConfig):
    """The Fisher information of a probe network, fitted to the support set."""

    name: ClassVar[str] = "task2vec"
    module: ClassVar[str] = "hypermaml.embed.probe"
    needs_fixed_support: ClassVar[bool] = True


@dataclass(frozen=True)
class Trajectories(EmbedderConfig):
    """A learned encoder of trajectories that the policy explores with before it adapts."""

    name: ClassVar[str] = "trajectories"
    module: ClassVar[str] = "hypermaml.embed.rollout"
    needs_trajectories: ClassVar[bool] = True

    count: int = 2
    """Trajectories before the first inner step, >= 1; their environment steps are counted."""
    width: int = 64
    """Features of the encoder, >= 1."""
    size: int = 32
    """Entries of the embedding, >= 1."""


EMBEDDERS: dict[str, type[EmbedderConfig]] = {
    kind.name: kind
    for kind in (
        Description,
        SupportSet,
        Mode,
        ModeTable,
        EncodedCurves,
        EncodedPoints,
        ProjectedText,
        Task2Vec,
        Trajectories,
    )
}
"""The class of each embedder's configuration by its name on the command line."""
