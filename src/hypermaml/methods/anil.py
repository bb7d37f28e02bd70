"""ANIL: almost no inner loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System

BIBTEX = """@inproceedings{raghu2020anil,
  title = {Rapid Learning or Feature Reuse? Towards Understanding the Effectiveness of {MAML}},
  author = {Raghu, Aniruddh and Raghu, Maithra and Bengio, Samy and Vinyals, Oriol},
  booktitle = {International Conference on Learning Representations},
  year = {2020},
  eprint = {1909.09157},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class ANIL(Settings):
    """MAML whose inner loop adapts the last layer alone; the outer loop trains all of them.

    The last layer of a policy counts log σ in.

    Reference:
        Raghu et al. 2020 (arXiv 1909.09157), section 4.
    """

    reads_network: ClassVar[bool] = True
    bibtex: ClassVar[str] = BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.embed.simple import NoEmbedding
        from hypermaml.init.shared import Constant
        from hypermaml.methods.assembly.learners import head_of, learner_for
        from hypermaml.methods.assembly.system import assemble

        return assemble(self, NoEmbedding(), Constant(learner_for(family, key)), where=head_of)
