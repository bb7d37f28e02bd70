"""iMAML: MAML with the implicit gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System

BIBTEX = """@inproceedings{rajeswaran2019imaml,
  title = {Meta-Learning with Implicit Gradients},
  author = {Rajeswaran, Aravind and Finn, Chelsea and Kakade, Sham and Levine, Sergey},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2019},
  eprint = {1909.04630},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class IMAML(Settings):
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

    bibtex: ClassVar[str] = BIBTEX

    fixed_support: ClassVar[bool] = True

    inner_steps: int = 10
    """Inner steps in meta-training, >= 1."""
    proximity: float = 2.0
    """λ, weight of the proximal term, > 0."""
    conjugate_gradient_iterations: int = 5
    """Of the implicit gradient, >= 1."""

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml._core.method import Method
        from hypermaml._core.objective import after_adaptation
        from hypermaml._core.system import System
        from hypermaml.adapt.proximal import Proximal
        from hypermaml.embed.simple import NoEmbedding
        from hypermaml.init.shared import Constant
        from hypermaml.methods.assembly.learners import learner_for
        from hypermaml.methods.assembly.system import outer_of, rule_of

        adapt = Proximal(rule_of(self), self.proximity, iterations=self.conjugate_gradient_iterations)
        method = Method(NoEmbedding(), Constant(learner_for(family, key)), adapt)
        return System(method, after_adaptation(self.inner_steps), outer_of(self))
