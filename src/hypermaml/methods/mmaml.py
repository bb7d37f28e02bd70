"""MMAML: MAML on features that the support set modulates."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import hypermaml as hm
from hypermaml.methods.embedding import EmbeddingMethod

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

CITATION = """@inproceedings{vuorio2019mmaml,
  title = {Multimodal Model-Agnostic Meta-Learning via Task-Aware Modulation},
  author = {Vuorio, Risto and Sun, Shao-Hua and Hu, Hexiang and Lim, Joseph J.},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2019},
  eprint = {1910.13616},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class MMAML(EmbeddingMethod):
    """An encoder of the support set gives gains and shifts of each hidden layer (FiLM); the inner loop adapts the rest.

    ```
    repeat: draw tasks T_i
        τ_i = W enc(support)
        θ_i = θ - inner_lr ∇_θ L_i(θ ⊙ τ_i; support)
        (θ, W, enc) ← Adam((θ, W, enc), ∇ Σ_i L_i(θ_i ⊙ τ_i; query))
    ```

    The paper encodes regression tasks with a recurrent network; here the encoder does not depend on the order.

    Reference:
        Vuorio et al. 2019 (arXiv 1910.13616), algorithm 1.
    """

    label: ClassVar[str] = "MMAML"
    summary: ClassVar[str] = "MAML on features that an encoding of the support set scales and shifts"
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#007642"
    marker: ClassVar[str] = "^"
    open_marker: ClassVar[bool] = True
    needs_network: ClassVar[bool] = True

    embedder: hm.EmbedderConfig = hm.SupportSet()
    """The parts of the task information that are embedded; several are joined."""

    inner_clamp: float = math.inf
    """What each entry of the inner gradient is cut to, before `inner_clip`, > 0; inf for never."""

    def rule(self, rate: Any = None) -> hm.adapt.AbstractRule:
        clip = None if math.isinf(self.inner_clip) else self.inner_clip
        return hm.adapt.SGD(hm.NonTrainable(self.inner_lr) if rate is None else rate, clip=clip, clamp=self.inner_clamp)

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        _, size = self.embed(family, key=key)
        return hm.init.Modulated(hm.init.learner_for(family, key=key), size)

    def selection(self, family: hm.AbstractFamily) -> Callable[[Any], Any]:
        return hm.adapt.selected(self.adapts, family, within=hm.adapt.network_of)
