"""HyperMAML's generator before the inner loops of other paradigms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.anil import ANIL
from hypermaml.methods.maml_plus_plus import MAMLPlusPlus
from hypermaml.methods.meta_sgd import MetaSGD
from hypermaml.methods.settings import HYPERMAML_BIBTEX, EmbeddedGeneratorSettings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System


@dataclass(frozen=True)
class HyperMAMLANIL(ANIL, EmbeddedGeneratorSettings):
    """Each task starts from generated weights, of which the inner loop adapts the last layer alone, as in ANIL."""

    bibtex: ClassVar[str] = HYPERMAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.methods.assembly.generators import before

        return before(self, ANIL.build(self, family, key=key), family, key)


@dataclass(frozen=True)
class HyperMAMLMetaSGD(MetaSGD, EmbeddedGeneratorSettings):
    """Each task starts from generated weights, each of which adapts at a learned rate, as in Meta-SGD."""

    bibtex: ClassVar[str] = HYPERMAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.methods.assembly.generators import before

        return before(self, MetaSGD.build(self, family, key=key), family, key)


@dataclass(frozen=True)
class HyperMAMLPlusPlus(MAMLPlusPlus, EmbeddedGeneratorSettings):
    """Each task starts from generated weights, and adapts with the remedies of MAML++."""

    bibtex: ClassVar[str] = HYPERMAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.methods.assembly.generators import before

        return before(self, MAMLPlusPlus.build(self, family, key=key), family, key)
