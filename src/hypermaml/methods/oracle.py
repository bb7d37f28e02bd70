"""The oracle: the true task joins the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import MAML_BIBTEX, Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System


@dataclass(frozen=True)
class Oracle(Settings):
    """A learner that reads the true parameters of the task beside its input, trained on all tasks, then fine-tuned.

    It is told the task whatever the descriptor of the other methods: the upper reference.

    Reference:
        The oracle of Finn et al. 2017 (arXiv 1703.03400), section 5.
    """

    reads_network: ClassVar[bool] = True
    bibtex: ClassVar[str] = MAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.init.shared import Conditioned
        from hypermaml.methods.assembly.descriptions import oracle_embedder
        from hypermaml.methods.assembly.learners import learner_for, network_of
        from hypermaml.methods.assembly.system import assemble

        embed, size = oracle_embedder(family, key)
        init = Conditioned(learner_for(family, key, context=size))
        return assemble(self, embed, init, where=network_of, adapts_in_training=False)
