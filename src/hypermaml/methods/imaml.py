"""iMAML: MAML with the implicit gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import hypermaml as hm

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

CITATION = """@inproceedings{rajeswaran2019imaml,
  title = {Meta-Learning with Implicit Gradients},
  author = {Rajeswaran, Aravind and Finn, Chelsea and Kakade, Sham and Levine, Sergey},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2019},
  eprint = {1909.04630},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class IMAML(hm.MethodConfig):
    """An initialization whose inner loop is held near it by a proximal term; the outer gradient is that of its minimum.

    ```
    repeat: draw tasks T_i
        θ_i ≈ argmin_θ' L_i(θ'; support) + ½ λ ‖θ' - θ‖²
        g_i = (I + ∇² L_i(θ_i; support) / λ)⁻¹ ∇ L_i(θ_i; query), by conjugate gradients
        θ ← Adam(θ, Σ_i g_i)
    ```

    It is exact where the inner loop reaches the minimum, so that it takes more inner steps than MAML.

    Reference:
        Rajeswaran et al. 2019 (arXiv 1909.04630), algorithms 1 and 2.
    """

    label: ClassVar[str] = "iMAML"
    summary: ClassVar[str] = (
        "one initialization; inner steps to a point held near it, differentiated there and not through the steps"
    )
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#62bfef"
    marker: ClassVar[str] = "p"
    open_marker: ClassVar[bool] = True
    needs_fixed_support: ClassVar[bool] = True
    trial_field: ClassVar[str] = "proximity"

    inner_steps: int = 10
    """Inner steps in meta-training, >= 1."""
    proximity: float = 2.0
    """λ, weight of the proximal term, > 0."""
    conjugate_gradient_iterations: int = 10
    """Of the implicit gradient, >= 1."""

    def adapter(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.adapt.AbstractAdapter:
        iterations = self.conjugate_gradient_iterations
        return hm.adapt.Proximal(self.proximity, where=self.selection(family), iterations=iterations)
