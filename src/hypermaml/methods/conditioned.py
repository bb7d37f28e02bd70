"""MAML with the embedding in the input: conditioning without a generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import MAML_BIBTEX, EmbedderSettings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System


@dataclass(frozen=True)
class Conditioned(EmbedderSettings):
    """An ablation of HyperMAML: the embedding joins the input of one shared network, which MAML trains and adapts."""

    reads_network: ClassVar[bool] = True
    bibtex: ClassVar[str] = MAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.init.shared import Conditioned
        from hypermaml.methods.assembly.embedders import embedder_for
        from hypermaml.methods.assembly.learners import learner_for, network_of
        from hypermaml.methods.assembly.system import assemble

        embed, size = embedder_for(self, family, key)
        return assemble(self, embed, Conditioned(learner_for(family, key, context=size)), where=network_of)
