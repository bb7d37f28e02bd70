"""First-order MAML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import MAML_BIBTEX, Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System


@dataclass(frozen=True)
class FOMAML(Settings):
    """MAML whose outer gradient takes the inner gradient as a constant.

    Reference:
        Finn et al. 2017 (arXiv 1703.03400), section 5.2.
    """

    bibtex: ClassVar[str] = MAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.adapt.adjoint import FirstOrder
        from hypermaml.embed.simple import NoEmbedding
        from hypermaml.init.shared import Constant
        from hypermaml.methods.assembly.learners import learner_for
        from hypermaml.methods.assembly.system import assemble

        return assemble(self, NoEmbedding(), Constant(learner_for(family, key)), adjoint=FirstOrder())
