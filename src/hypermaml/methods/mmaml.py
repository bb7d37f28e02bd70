"""MMAML: MAML on features that the support set modulates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import SetEncoderSettings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System

MMAML_BIBTEX = """@inproceedings{vuorio2019mmaml,
  title = {Multimodal Model-Agnostic Meta-Learning via Task-Aware Modulation},
  author = {Vuorio, Risto and Sun, Shao-Hua and Hu, Hexiang and Lim, Joseph J.},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2019},
  eprint = {1910.13616},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class MMAML(SetEncoderSettings):
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

    reads_network: ClassVar[bool] = True
    bibtex: ClassVar[str] = MMAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.init.modulated import Modulated
        from hypermaml.methods.assembly.embedders import embedder_for
        from hypermaml.methods.assembly.learners import learner_for, network_of
        from hypermaml.methods.assembly.system import assemble

        embed, size = embedder_for(self, family, key)
        return assemble(self, embed, Modulated(learner_for(family, key), size), where=network_of)
