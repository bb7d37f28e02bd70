"""Pretraining with the embedding in the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import MAML_BIBTEX, Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml.family import AbstractFamily
    from hypermaml.system import System


@dataclass(frozen=True)
class ConditionedPretrained(Settings):
    """An ablation of HyperMAML: the embedding joins the input, and only the loss before adaptation is trained."""

    described: ClassVar[bool] = True
    bibtex: ClassVar[str] = MAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.init.initializer import Conditioned
        from hypermaml.methods.assembly import assemble, descriptor_embedder, learner_for, network_of

        embed, size = descriptor_embedder(family, key)
        init = Conditioned(learner_for(family, key, context=size))
        return assemble(self, embed, init, where=network_of, adapts_in_training=False)
