"""MAML with the embedding in the input: conditioning without a generator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import hypermaml as hm
from hypermaml.methods.config import MAML_CITATION
from hypermaml.methods.embedding import EmbeddingMethod

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray


@dataclass(frozen=True)
class Conditioned(EmbeddingMethod):
    """An ablation of HyperMAML: the embedding joins the input of one shared network, which MAML trains and adapts."""

    label: ClassVar[str] = "conditioned"
    summary: ClassVar[str] = "MAML with the description as a further input"
    citation: ClassVar[str] = MAML_CITATION
    color: ClassVar[str] = "#007642"
    marker: ClassVar[str] = "P"
    needs_network: ClassVar[bool] = True

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        _, size = self.embed(family, key=key)
        return hm.init.Conditioned(hm.init.learner_for(family, context=size, key=key))

    def selection(self, family: hm.AbstractFamily) -> Callable[[Any], Any]:
        return hm.adapt.selected(self.adapts, family, within=hm.adapt.network_of)
