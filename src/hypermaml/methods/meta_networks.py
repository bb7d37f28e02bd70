"""Meta networks: fast weights from the gradients of the support set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System

BIBTEX = """@inproceedings{munkhdalai2017metanetworks,
  title = {Meta Networks},
  author = {Munkhdalai, Tsendsuren and Yu, Hong},
  booktitle = {International Conference on Machine Learning},
  year = {2017},
  eprint = {1703.00837},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class MetaNetworks(Settings):
    """A learned transformation of the support's gradients gives fast weights, which each query reads from a memory.

    There is no inner rate: a step fills the memory, and later steps leave it as it is.

    Reference:
        Munkhdalai and Yu 2017 (arXiv 1703.00837), algorithm 1.
    """

    fixed_support: ClassVar[bool] = True
    has_inner_lr: ClassVar[bool] = False
    reads_network: ClassVar[bool] = True
    bibtex: ClassVar[str] = BIBTEX

    meta_width: int = 20
    """Hidden units of what transforms gradients, >= 1."""

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml._core.method import Method
        from hypermaml._core.objective import after_adaptation
        from hypermaml._core.system import System
        from hypermaml.adapt.memory import FastWeights
        from hypermaml.embed.simple import NoEmbedding
        from hypermaml.init.fast import Slow
        from hypermaml.methods.assembly.embedders import set_keys, supervised
        from hypermaml.methods.assembly.learners import learner_for
        from hypermaml.methods.assembly.system import outer_of

        examples, (keyed, meta) = supervised(family), set_keys(key, 2)
        init = Slow(
            learner_for(family, key),
            family.learner(key=keyed),
            examples=examples.shots,
            width=self.meta_width,
            key=meta,
        )
        method = Method(NoEmbedding(), init, FastWeights(examples.inputs))
        return System(method, after_adaptation(1, budget=self.inner_steps), outer_of(self))
