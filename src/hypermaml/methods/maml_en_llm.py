"""MAML-en-LLM: MAML whose two loops share Adam's moments."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import hypermaml as hm

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

CITATION = """@inproceedings{sinha2024mamlenllm,
  title = {{MAML-en-LLM}: Model Agnostic Meta-Training of {LLMs} for Improved In-Context Learning},
  author = {Sinha, Sanchit and Yue, Yuguang and Soto, Victor and Kulkarni, Mayank and Lu, Jianhua and Zhang, Aidong},
  booktitle = {ACM SIGKDD Conference on Knowledge Discovery and Data Mining},
  year = {2024},
  eprint = {2405.11446},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class MAMLEnLLM(hm.MethodConfig):
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

    label: ClassVar[str] = "MAML-en-LLM"
    summary: ClassVar[str] = "MAML whose inner steps are Adam's, from the moments of the outer loop's Adam"
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#0069d8"
    marker: ClassVar[str] = "X"
    open_marker: ClassVar[bool] = True
    needs_fixed_support: ClassVar[bool] = True
    chooses_what_adapts: ClassVar[bool] = False

    def __post_init__(self):
        super().__post_init__()
        if not isinstance(self.outer, hm.Adam):
            raise ValueError(f"outer is {self.outer}, but it must be Adam: maml_en_llm's inner steps read its moments")

    def adapter(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.adapt.AbstractAdapter:
        clip = None if math.isinf(self.inner_clip) else self.inner_clip
        return hm.adapt.Unroll(hm.adapt.SharedAdam(hm.init.learner_for(family, key=key), self.inner_lr, clip=clip))

    def outer_update(self) -> hm.outer.AbstractOuter:
        return self.outer.build(self.outer_lr, shared=hm.outer.shared_moments)
