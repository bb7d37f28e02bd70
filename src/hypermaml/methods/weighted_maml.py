"""Weighted MAML: meta-training on the mixture of source tasks that is nearest to the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import hypermaml as hm
from hypermaml.methods.targeting import TargetingMethod

CITATION = """@misc{cai2020weighted,
  title = {Weighted Meta-Learning},
  author = {Cai, Diana and Sheth, Rishit and Mackey, Lester and Fusi, Nicolo},
  year = {2020},
  eprint = {2003.09465},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class WeightedMAML(TargetingMethod):
    """MAML that goes on, for each target, on source tasks weighed so that their mixture is like the target.

    ```
    α = argmin over the simplex of αᵀKα - 2αᵀk + λ‖α‖²    (K, k: kernel means of source tasks and target)
    θ ← Adam(θ, ∇_θ Σ_j α_j L_j(θ - inner_lr ∇_θ L_j(θ; support); query)), from MAML's θ on
    ```

    Every target has a weighting of its own, from its support set.

    Reference:
        Cai et al. 2020 (arXiv 2003.09465), sections 3 and 4.
    """

    label: ClassVar[str] = "weighted MAML"
    summary: ClassVar[str] = (
        "MAML that trains on, for each target, on the mixture of source tasks that looks most like it"
    )
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#7c9bff"
    marker: ClassVar[str] = "o"
    open_marker: ClassVar[bool] = True
    counts_own_support: ClassVar[bool] = False

    spread: float = 0.1
    """λ, which spreads the weights, > 0."""

    def weighting(self, signatures: Any) -> Any:
        return hm.init.MeanMatching(hm.NonTrainable(signatures), hm.NonTrainable(self.spread))
