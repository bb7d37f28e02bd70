"""HyperMAML: an initialization of its own for each task, generated from the task's description."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import hypermaml as hm
from hypermaml.methods.config import HYPERMAML_CITATION
from hypermaml.methods.embedding import EmbeddingMethod

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray


@dataclass(frozen=True)
class HyperMAML(EmbeddingMethod):
    """A generator g_φ gives each task the initialization that MAML's inner loop adapts.

    ```
    repeat: draw tasks T_i
        θ_i  = g_φ(embd(T_i))
        θ_i' = θ_i - inner_lr ∇_θ L_i(θ_i; support)
        φ ← Adam(φ, ∇_φ Σ_i L_i(θ_i'; query))
    ```

    The outer gradient runs back through the inner loop and through g. See `Generator` for the scale of its output.
    """

    label: ClassVar[str] = "HyperMAML"
    summary: ClassVar[str] = (
        "a network generates the initialization from the task's description, trained through the inner steps"
    )
    citation: ClassVar[str] = HYPERMAML_CITATION
    color: ClassVar[str] = "#d04a00"
    marker: ClassVar[str] = "D"
    width: ClassVar[float] = 2.2
    generates: ClassVar[bool] = True
    rates_like: ClassVar[str] = "hypermaml"

    generator: hm.GeneratorConfig = hm.Dense()
    """How the initialization is generated."""

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        _, size = self.embed(family, key=key)
        return hm.init.generator_for(self.generator, family, size, key=key)
