"""Meta-SGD: the inner rate of each weight is learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import hypermaml as hm

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

CITATION = """@article{li2017metasgd,
  title = {Meta-SGD: Learning to Learn Quickly for Few-Shot Learning},
  author = {Li, Zhenguo and Zhou, Fengwei and Chen, Fei and Li, Hang},
  year = {2017},
  eprint = {1707.09835},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class MetaSGD(hm.MethodConfig):
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

    label: ClassVar[str] = "Meta-SGD"
    summary: ClassVar[str] = "MAML with a learned inner rate for each weight"
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#0069d8"
    marker: ClassVar[str] = "s"
    open_marker: ClassVar[bool] = True

    def adapter(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.adapt.AbstractAdapter:
        learner, where = hm.init.learner_for(family, key=key), self.selection(family)
        rate = hm.adapt.rate_for_each_entry(learner, self.inner_lr, where=where)
        return hm.adapt.Unroll(self.rule(rate), where=where)
