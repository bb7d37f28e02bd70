"""HyperMAML: an initialization of its own for each task, generated from the task's description."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import HYPERMAML_BIBTEX, EmbeddedGeneratorSettings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System


@dataclass(frozen=True)
class HyperMAML(EmbeddedGeneratorSettings):
    """A generator g_φ gives each task the initialization that MAML's inner loop adapts.

    ```
    repeat: draw tasks T_i
        θ_i  = g_φ(embd(T_i))
        θ_i' = θ_i - inner_lr ∇_θ L_i(θ_i; support)
        φ ← Adam(φ, ∇_φ Σ_i L_i(θ_i'; query))
    ```

    The outer gradient runs back through the inner loop and through g. See `Generator` for the scale of its output.
    """

    bibtex: ClassVar[str] = HYPERMAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.methods.assembly.embedders import embedder_for
        from hypermaml.methods.assembly.generators import generator_for
        from hypermaml.methods.assembly.system import assemble

        embed, size = embedder_for(self, family, key)
        return assemble(self, embed, generator_for(self, family, size, key))
