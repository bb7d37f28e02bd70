"""MAML-en-LLM: MAML whose two loops share Adam's moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System

BIBTEX = """@inproceedings{sinha2024mamlenllm,
  title = {{MAML-en-LLM}: Model Agnostic Meta-Training of {LLMs} for Improved In-Context Learning},
  author = {Sinha, Sanchit and Yue, Yuguang and Soto, Victor and Kulkarni, Mayank and Lu, Jianhua and Zhang, Aidong},
  booktitle = {ACM SIGKDD Conference on Knowledge Discovery and Data Mining},
  year = {2024},
  eprint = {2405.11446},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class MAMLEnLLM(Settings):
    """MAML whose inner steps are those of Adam, from the moments that the outer loop's Adam has.

    ```
    repeat: draw tasks T_i
        g_i = ∇_θ L_i(θ; support);  m_i, v_i = Adam's moments M, V joined by g_i
        θ_i = θ - inner_lr m_i / √v_i
        θ, M, V ← Adam(θ, ∇_θ Σ_i L_i(θ_i; query); M, V)
    ```

    The outer gradient runs back through g_i; M and V are constants to it. All inner steps of a task are on its one
    support set, as in the paper.

    Raises:
        ValueError: the outer update is not Adam.

    Reference:
        Sinha et al. 2024 (arXiv 2405.11446), where the optimizer's moments are shared by both loops.
    """

    fixed_support: ClassVar[bool] = True
    bibtex: ClassVar[str] = BIBTEX

    def __post_init__(self):
        super().__post_init__()
        if self.outer != "adam":
            raise ValueError(f"outer is {self.outer}, but it must be adam: maml_en_llm's inner steps read its moments")

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        import equinox as eqx

        from hypermaml.adapt.shared_adam import SharedAdam
        from hypermaml.methods.assembly.learners import learner_for
        from hypermaml.methods.assembly.system import adam, clip_of, maml
        from hypermaml.outer.descent import Descent
        from hypermaml.outer.shared import shared_moments

        adapted = eqx.filter(learner_for(family, key), eqx.is_inexact_array)
        rule = SharedAdam(adapted, self.inner_lr, clip=clip_of(self))
        outer = Descent(adam(self.outer_clip), self.outer_lr, shared=shared_moments)
        return eqx.tree_at(lambda s: (s.method.adapt.rule, s.outer), maml(self, family, key), (rule, outer))
