"""Weighted MAML: meta-training on the mixture of source tasks that is nearest to the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import TargetedSettings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.method import Method
    from hypermaml._core.system import System

BIBTEX = """@misc{cai2020weighted,
  title = {Weighted Meta-Learning},
  author = {Cai, Diana and Sheth, Rishit and Mackey, Lester and Fusi, Nicolo},
  year = {2020},
  eprint = {2003.09465},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class WeightedMAML(TargetedSettings):
    """MAML that goes on, for each target, on source tasks weighed so that their mixture is like the target.

    ```
    α = argmin over the simplex of αᵀKα - 2αᵀk + λ‖α‖²    (K, k: kernel means of source tasks and target)
    θ ← Adam(θ, ∇_θ Σ_j α_j L_j(θ - inner_lr ∇_θ L_j(θ; support); query)), from MAML's θ on
    ```

    Every target has a weighting of its own, from its support set.

    Reference:
        Cai et al. 2020 (arXiv 2003.09465), sections 3 and 4.
    """

    bibtex: ClassVar[str] = BIBTEX

    spread: float = 0.1
    """λ, which spreads the weights, > 0."""

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.methods.assembly.system import maml

        return maml(self, family, key)

    def tested(self, method: Method, family: AbstractFamily, *, key: PRNGKeyArray) -> Method:
        from hypermaml._core.trees import NonTrainable
        from hypermaml.init.weighting import MeanMatching
        from hypermaml.methods.assembly.targets import targeted

        def weighting(signatures):
            return MeanMatching(NonTrainable(signatures), NonTrainable(self.spread))

        return targeted(self, method, family, weighting, own=False, key=key)
