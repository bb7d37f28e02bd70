"""MAML with the embedding in the input: conditioning without a generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import MAML_BIBTEX, Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml.family import AbstractFamily
    from hypermaml.system import System


@dataclass(frozen=True)
class Conditioned(Settings):
    """An ablation of HyperMAML: the embedding joins the input of one shared network, which MAML trains and adapts."""

    described: ClassVar[bool] = True
    bibtex: ClassVar[str] = MAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.init.initializer import Conditioned
        from hypermaml.methods.assembly import assemble, descriptor_embedder, learner_for, network_of

        embed, size = descriptor_embedder(family, key)
        return assemble(self, embed, Conditioned(learner_for(family, key, context=size)), where=network_of)
