"""CAVIA: a few context parameters adapt, the network does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import hypermaml as hm

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

CITATION = """@inproceedings{zintgraf2019cavia,
  title = {Fast Context Adaptation via Meta-Learning},
  author = {Zintgraf, Luisa and Shiarli, Kyriacos and Kurin, Vitaly and Hofmann, Katja and Whiteson, Shimon},
  booktitle = {International Conference on Machine Learning},
  year = {2019},
  eprint = {1810.03642},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class CAVIA(hm.MethodConfig):
    """A context vector joins the input; the inner loop adapts it from zero, the outer loop trains the network.

    ```
    repeat: draw tasks T_i
        c_i = 0 - inner_lr ∇_c L_i(θ, c = 0; support)
        θ ← Adam(θ, ∇_θ Σ_i L_i(θ, c_i; query))
    ```

    Reference:
        Zintgraf et al. 2019 (arXiv 1810.03642), algorithm 1.
    """

    label: ClassVar[str] = "CAVIA"
    summary: ClassVar[str] = "MAML whose inner steps change a few further inputs alone"
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#007642"
    marker: ClassVar[str] = "8"
    open_marker: ClassVar[bool] = True
    needs_network: ClassVar[bool] = True
    chooses_what_adapts: ClassVar[bool] = False

    context_size: int = 5
    """Context parameters, >= 1."""

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        network = hm.init.learner_for(family, context=self.context_size, key=key)
        return hm.init.Blank(network, self.context_size)

    def selection(self, family: hm.AbstractFamily) -> Callable[[Any], Any]:
        return hm.adapt.context_of
