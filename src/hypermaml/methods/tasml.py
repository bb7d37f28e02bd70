"""TASML: meta-training that goes on for a target, on the source tasks most like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import hypermaml as hm
from hypermaml.methods.targeting import TargetingMethod

CITATION = """@inproceedings{wang2020tasml,
  title = {Structured Prediction for Conditional Meta-Learning},
  author = {Wang, Ruohan and Demiris, Yiannis and Ciliberto, Carlo},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2020},
  eprint = {2002.08799},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class TASML(TargetingMethod):
    """MAML that goes on, for each target, on the source tasks most like it and on the target's own support set.

    ```
    α = (K + λI)⁻¹ k    (K, k: kernel exp(-w‖φ - φ'‖²) of the signatures φ); the greatest are kept, normalized
    θ ← Adam(θ, ∇_θ Σ_j α_j L_j(θ_j'; query) + L(θ'; support)), from MAML's θ on
    ```

    A task's signature is the mean feature of its examples.

    Reference:
        Wang et al. 2020 (arXiv 2002.08799), algorithm 1.
    """

    label: ClassVar[str] = "TASML"
    summary: ClassVar[str] = (
        "MAML that trains on, for each target, on the source tasks most like it and on the target's support set"
    )
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#b3359f"
    marker: ClassVar[str] = "D"
    open_marker: ClassVar[bool] = True
    counts_own_support: ClassVar[bool] = True

    sharpness: float = 50.0
    """w of the kernel, > 0."""
    ridge: float = 1e-8
    """λ, > 0."""
    kept: int = 30
    """How many source tasks are kept, >= 1."""

    def weighting(self, signatures: Any) -> Any:
        sharpness, ridge = hm.NonTrainable(self.sharpness), hm.NonTrainable(self.ridge)
        return hm.init.KernelRegression(hm.NonTrainable(signatures), sharpness, ridge, self.kept)
