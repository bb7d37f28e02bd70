"""HyperMAML with the first-order outer gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import HYPERMAML_BIBTEX, EmbeddedGeneratorSettings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System


@dataclass(frozen=True)
class HyperMAMLFirstOrder(EmbeddedGeneratorSettings):
    """HyperMAML whose outer gradient ∇_θ L(θ') · ∇_φ g takes the inner gradient as a constant."""

    bibtex: ClassVar[str] = HYPERMAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.adapt.adjoint import FirstOrder
        from hypermaml.methods.assembly.embedders import embedder_for
        from hypermaml.methods.assembly.generators import generator_for
        from hypermaml.methods.assembly.system import assemble

        embed, size = embedder_for(self, family, key)
        return assemble(self, embed, generator_for(self, family, size, key), adjoint=FirstOrder())
