"""Meta networks: fast weights from the gradients of the support set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import hypermaml as hm

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

CITATION = """@inproceedings{munkhdalai2017metanetworks,
  title = {Meta Networks},
  author = {Munkhdalai, Tsendsuren and Yu, Hong},
  booktitle = {International Conference on Machine Learning},
  year = {2017},
  eprint = {1703.00837},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class MetaNetworks(hm.MethodConfig):
    """A learned transformation of the support's gradients gives fast weights, which each query reads from a memory.

    There is no inner rate: a step fills the memory, and later steps leave it as it is.

    Reference:
        Munkhdalai and Yu 2017 (arXiv 1703.00837), algorithm 1.
    """

    label: ClassVar[str] = "Meta Networks"
    summary: ClassVar[str] = "gradients on the support set become fast weights, which each input reads from a memory"
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#5ec79d"
    marker: ClassVar[str] = "o"
    open_marker: ClassVar[bool] = True
    needs_fixed_support: ClassVar[bool] = True
    needs_network: ClassVar[bool] = True
    chooses_what_adapts: ClassVar[bool] = False
    trial_field: ClassVar[str] = ""

    meta_width: int = 20
    """Hidden units of what transforms gradients, >= 1."""

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        examples, (keyed, meta) = hm.embed.supervised(family), hm.embed.set_keys(key, 2)
        learners = hm.init.learner_for(family, key=key), family.learner(key=keyed)
        return hm.init.Slow(*learners, examples=examples.shots, width=self.meta_width, key=meta)

    def adapter(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.adapt.AbstractAdapter:
        return hm.adapt.FastWeights(hm.embed.supervised(family).inputs)

    def objective(self) -> hm.Objective:
        return hm.after_adaptation(1, budget=self.inner_steps)
