"""HyperMAML's generator without a description."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import HYPERMAML_BIBTEX, GeneratorSettings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System


@dataclass(frozen=True)
class HyperMAMLConstant(GeneratorSettings):
    """An ablation: the generator gets the same vector for every task, so that only its over-parametrization is left."""

    described: ClassVar[bool] = False
    bibtex: ClassVar[str] = HYPERMAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.embed.simple import Uninformative
        from hypermaml.methods.assembly.descriptions import task_size
        from hypermaml.methods.assembly.generators import generator_for
        from hypermaml.methods.assembly.system import assemble

        size = task_size(family)
        return assemble(self, Uninformative(size), generator_for(self, family, size, key))
