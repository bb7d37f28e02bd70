"""HyperMAML whose embedding is learned from the support set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import HYPERMAML_BIBTEX, GeneratorSettings, SetEncoderSettings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml.family import AbstractFamily
    from hypermaml.system import System


@dataclass(frozen=True)
class HyperMAMLSet(SetEncoderSettings, GeneratorSettings):
    """HyperMAML for tasks without a description: what it embeds is the support set, through a learned encoder."""

    described: ClassVar[bool] = False
    bibtex: ClassVar[str] = HYPERMAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.methods.assembly import assemble, generator_for, set_encoder

        return assemble(self, set_encoder(self, family, key), generator_for(self, family, self.embedding_size, key))
