"""Meta-SGD: the inner rate of each weight is learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System

BIBTEX = """@article{li2017metasgd,
  title = {Meta-SGD: Learning to Learn Quickly for Few-Shot Learning},
  author = {Li, Zhenguo and Zhou, Fengwei and Chen, Fei and Li, Hang},
  year = {2017},
  eprint = {1707.09835},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class MetaSGD(Settings):
    """MAML with a learned rate for each entry of each weight, which may change sign.

    ```
    repeat: draw tasks T_i
        θ_i = θ - α ∘ ∇_θ L_i(θ; support)
        (θ, α) ← Adam((θ, α), ∇ Σ_i L_i(θ_i; query))
    ```

    α starts as `inner_lr` everywhere, where the method is MAML.

    Reference:
        Li et al. 2017 (arXiv 1707.09835), equation 2 and algorithm 1.
    """

    bibtex: ClassVar[str] = BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.embed.simple import NoEmbedding
        from hypermaml.init.shared import Constant
        from hypermaml.methods.assembly.learners import learner_for
        from hypermaml.methods.assembly.rates import rate_for_each_entry
        from hypermaml.methods.assembly.system import assemble

        learner = learner_for(family, key)
        return assemble(self, NoEmbedding(), Constant(learner), rate=rate_for_each_entry(learner, self.inner_lr))
