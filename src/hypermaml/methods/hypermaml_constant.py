"""HyperMAML's generator without a description."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import hypermaml as hm
from hypermaml.methods.config import HYPERMAML_CITATION
from hypermaml.methods.hypermaml import HyperMAML

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray


@dataclass(frozen=True)
class HyperMAMLConstant(hm.MethodConfig):
    """An ablation: the generator gets the same vector for every task, so that only its over-parametrization is left."""

    label: ClassVar[str] = "HyperMAML (constant)"
    summary: ClassVar[str] = "the same generator with a constant description: its size alone"
    citation: ClassVar[str] = HYPERMAML_CITATION
    color: ClassVar[str] = "#7c9bff"
    marker: ClassVar[str] = "<"
    generates: ClassVar[bool] = True
    rates_like: ClassVar[str] = "hypermaml"

    generator: hm.GeneratorConfig = hm.Auto()
    """How the initialization is generated."""

    def embed(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> tuple[hm.embed.AbstractEmbedder, int]:
        size = hm.embed.task_size(family)
        return hm.embed.Uninformative(size), size

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        _, size = self.embed(family, key=key)
        return hm.init.generator_for(self.generator, family, size, key=key)

    adapter = HyperMAML.unroll  # pyright: ignore[reportAssignmentType]
    objective = HyperMAML.objective  # pyright: ignore[reportAssignmentType]
