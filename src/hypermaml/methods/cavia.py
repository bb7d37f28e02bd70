"""CAVIA: a few context parameters adapt, the network does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System

BIBTEX = """@inproceedings{zintgraf2019cavia,
  title = {Fast Context Adaptation via Meta-Learning},
  author = {Zintgraf, Luisa and Shiarli, Kyriacos and Kurin, Vitaly and Hofmann, Katja and Whiteson, Shimon},
  booktitle = {International Conference on Machine Learning},
  year = {2019},
  eprint = {1810.03642},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class CAVIA(Settings):
    """A context vector joins the input; the inner loop adapts it from zero, the outer loop trains the network.

    ```
    repeat: draw tasks T_i
        c_i = 0 - inner_lr ∇_c L_i(θ, c = 0; support)
        θ ← Adam(θ, ∇_θ Σ_i L_i(θ, c_i; query))
    ```

    Reference:
        Zintgraf et al. 2019 (arXiv 1810.03642), algorithm 1.
    """

    reads_network: ClassVar[bool] = True
    bibtex: ClassVar[str] = BIBTEX

    context_size: int = 5
    """Context parameters, >= 1."""

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.embed.simple import NoEmbedding
        from hypermaml.init.shared import Blank
        from hypermaml.methods.assembly.learners import context_of, learner_for
        from hypermaml.methods.assembly.system import assemble

        network = learner_for(family, key, context=self.context_size)
        return assemble(self, NoEmbedding(), Blank(network, self.context_size), where=context_of)
