"""TASML: meta-training that goes on for a target, on the source tasks most like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import TargetedSettings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.method import Method
    from hypermaml._core.system import System

BIBTEX = """@inproceedings{wang2020tasml,
  title = {Structured Prediction for Conditional Meta-Learning},
  author = {Wang, Ruohan and Demiris, Yiannis and Ciliberto, Carlo},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2020},
  eprint = {2002.08799},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class TASML(TargetedSettings):
    """MAML that goes on, for each target, on the source tasks most like it and on the target's own support set.

    ```
    α = (K + λI)⁻¹ k    (K, k: kernel exp(-w‖φ - φ'‖²) of the signatures φ); the greatest are kept, normalized
    θ ← Adam(θ, ∇_θ Σ_j α_j L_j(θ_j'; query) + L(θ'; support)), from MAML's θ on
    ```

    A task's signature is the mean feature of its examples.

    Reference:
        Wang et al. 2020 (arXiv 2002.08799), algorithm 1.
    """

    bibtex: ClassVar[str] = BIBTEX

    sharpness: float = 50.0
    """w of the kernel, > 0."""
    ridge: float = 1e-8
    """λ, > 0."""
    kept: int = 30
    """How many source tasks are kept, >= 1."""

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.methods.assembly.system import maml

        return maml(self, family, key)

    def tested(self, method: Method, family: AbstractFamily, *, key: PRNGKeyArray) -> Method:
        from hypermaml._core.trees import NonTrainable
        from hypermaml.init.weighting import KernelRegression
        from hypermaml.methods.assembly.targets import targeted

        def weighting(signatures):
            return KernelRegression(
                NonTrainable(signatures), NonTrainable(self.sharpness), NonTrainable(self.ridge), self.kept
            )

        return targeted(self, method, family, weighting, own=True, key=key)
