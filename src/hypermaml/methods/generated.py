"""What the methods that generate a task's initialization from its embedding share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import hypermaml as hm
from hypermaml.methods.config import HYPERMAML_CITATION
from hypermaml.methods.embedding import EmbeddingMethod

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray


@dataclass(frozen=True)
class GeneratedMethod(EmbeddingMethod):
    """The configuration of a method whose generator g_φ gives each task an initialization θ_i = g_φ(embd(T_i)).

    What the inner loop then does with it, and which steps count, is MAML's unless a subclass says otherwise. See
    `Generator` for the scale of its output.
    """

    citation: ClassVar[str] = HYPERMAML_CITATION
    generates: ClassVar[bool] = True
    rates_like: ClassVar[str] = "hypermaml"

    generator: hm.GeneratorConfig = hm.Dense()
    """How the initialization is generated."""

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        _, size = self.embed(family, key=key)
        return hm.init.generator_for(self.generator, family, size, key=key)
