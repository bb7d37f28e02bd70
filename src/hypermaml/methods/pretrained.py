"""Conventional pretraining on all tasks, then fine-tuning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import MAML_BIBTEX, Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System


@dataclass(frozen=True)
class Pretrained(Settings):
    """One learner trained on the data of all tasks, with no thought of adaptation; fine-tuned on a task as MAML adapts.

    Its outer loss has the data that the inner steps of other methods take.

    Reference:
        The baseline of Finn et al. 2017 (arXiv 1703.03400), section 5.
    """

    bibtex: ClassVar[str] = MAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.embed.simple import NoEmbedding
        from hypermaml.init.shared import Constant
        from hypermaml.methods.assembly.learners import learner_for
        from hypermaml.methods.assembly.system import assemble

        return assemble(self, NoEmbedding(), Constant(learner_for(family, key)), adapts_in_training=False)
