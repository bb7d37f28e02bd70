"""MAML: one initialization for all tasks, trained for its loss after adaptation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import MAML_BIBTEX, Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System


@dataclass(frozen=True)
class MAML(Settings):
    """Model-agnostic meta-learning, second order.

    ```
    repeat: draw tasks T_i
        θ_i = θ - inner_lr ∇_θ L_i(θ; support)
        θ ← Adam(θ, ∇_θ Σ_i L_i(θ_i; query))
    ```

    Reference:
        Finn et al. 2017 (arXiv 1703.03400), algorithms 1 to 3.
    """

    bibtex: ClassVar[str] = MAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.methods.assembly.system import maml

        return maml(self, family, key)
