"""Generators by configuration. Nothing here waits for JAX."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from hypermaml._misc.configuration import Configuration

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.initializer import AbstractInitializer
    from hypermaml.init.generator import AbstractChange

__all__ = ["Auto", "ChangeConfig", "Chunked", "Dense", "GeneratorConfig", "Layers", "LoRAGenerator", "LowRank"]


@dataclass(frozen=True)
class GeneratorConfig(Configuration):
    """A generator of the initialization of a task's learner from the task's embedding."""

    def chosen(self, family: AbstractFamily) -> GeneratorConfig:
        """Return the configuration for a family; this one, unless it leaves a choice."""
        return self

    def build(self, learner: Any, size: int, *, key: PRNGKeyArray) -> AbstractInitializer:
        """Return the untrained generator.

        Args:
            learner: an ordinary initialization of the learner; each of its leaves is generated.
            size: entries of an embedding.
            key: for the initialization.

        Raises:
            ValueError: such a generator cannot make the learner.
        """
        return self.builder(self, learner, size, key=key)


@dataclass(frozen=True)
class ChangeConfig(GeneratorConfig):
    """A generator that adds a change to the initialization that all tasks share, with what holds the change back."""

    bound: float = math.inf
    """Greatest norm of what is generated for a task, as a multiple of the norm of MAML's start, > 0; inf for none."""
    gate: bool = False
    """Whether a learned gate lies between the weights that all tasks share and those generated."""
    ensemble: int = 1
    """Generators whose mean change is taken, >= 1."""
    centre: bool = False
    """Whether an embedding of zeros, the mean description, changes nothing: b is then trained as MAML's start is."""

    def build(self, learner: Any, size: int, *, key: PRNGKeyArray) -> AbstractInitializer:
        return import_module("hypermaml.init.build").generator(self, learner, size, key=key)

    def change(self, learner: Any, size: int, *, key: PRNGKeyArray) -> AbstractChange:
        """Return the untrained change alone; the arguments are those of `build`."""
        return self.builder(self, learner, size, key=key)


@dataclass(frozen=True)
class Dense(ChangeConfig):
    """A linear head for each leaf of the learner."""

    name: ClassVar[str] = "dense"
    module: ClassVar[str] = "hypermaml.init.dense"

    width: int = 100
    """Of each hidden layer, >= 1."""
    depth: int = 2
    """Hidden layers, >= 1."""


@dataclass(frozen=True)
class LowRank(ChangeConfig):
    """Each matrix changes by a product of two generated factors."""

    name: ClassVar[str] = "low-rank"
    module: ClassVar[str] = "hypermaml.init.low_rank"

    rank: int = 2
    """Of the change of a matrix, >= 1."""
    width: int = 32
    """Of each hidden layer, >= 1."""
    depth: int = 2
    """Hidden layers, >= 1."""


@dataclass(frozen=True)
class Chunked(ChangeConfig):
    """One network makes all pieces of the weights, each from a learned embedding of its own."""

    name: ClassVar[str] = "chunked"
    module: ClassVar[str] = "hypermaml.init.chunked"

    width: int = 32
    """Of each hidden layer, >= 1."""
    depth: int = 2
    """Hidden layers, >= 1."""


@dataclass(frozen=True)
class LoRAGenerator(ChangeConfig):
    """The LoRA factors of a language model, from a network that all layers share."""

    name: ClassVar[str] = "lora"
    module: ClassVar[str] = "hypermaml.lm.lora_generator"

    width: int = 128
    """Features that the heads read, >= 1; there are four times as many hidden units."""


@dataclass(frozen=True)
class Layers(GeneratorConfig):
    """Ha's hypernetwork: one small linear network for all pieces of the weights. It does not start where MAML does."""

    name: ClassVar[str] = "layers"
    module: ClassVar[str] = "hypermaml.init.layers"


@dataclass(frozen=True)
class Auto(ChangeConfig):
    """Dense where there is no end of meta-training tasks; low-rank, of rank 4, where they come from a limited stock.

    A smaller generator learns less of them by heart.
    """

    name: ClassVar[str] = "auto"
    module: ClassVar[str] = "hypermaml.init.dense"

    def chosen(self, family: AbstractFamily) -> GeneratorConfig:
        return LowRank(**vars(self), rank=4) if family.limited else Dense(**vars(self))


GENERATORS: dict[str, type[GeneratorConfig]] = {
    kind.name: kind for kind in (Auto, Dense, LowRank, Chunked, LoRAGenerator, Layers)
}
"""The class of each generator's configuration by its name on the command line."""
