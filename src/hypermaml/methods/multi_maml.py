"""Multi-MAML: one MAML for each kind of task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import hypermaml as hm
from hypermaml.methods.mmaml import CITATION

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray


@dataclass(frozen=True)
class MultiMAML(hm.MethodConfig):
    """One initialization for each kind of task; an oracle tells the kind: the upper reference of MMAML.

    Where a family has one kind only, it is MAML.

    Reference:
        The baseline of Vuorio et al. 2019 (arXiv 1910.13616), section 5.
    """

    label: ClassVar[str] = "Multi-MAML (oracle mode)"
    summary: ClassVar[str] = "one MAML for each kind of task, the kind given by an oracle"
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#24292f"
    marker: ClassVar[str] = "s"
    open_marker: ClassVar[bool] = True
    needs_fixed_support: ClassVar[bool] = True

    def embed(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> tuple[hm.embed.AbstractEmbedder, int]:
        modes = hm.embed.supervised(family).modes
        return hm.embed.TrueMode(modes), modes

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        return hm.init.Selected.alike(hm.init.learner_for(family, key=key), hm.embed.supervised(family).modes)
