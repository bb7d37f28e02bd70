"""Reptile: towards where plain descent arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System

BIBTEX = """@article{nichol2018reptile,
  title = {On First-Order Meta-Learning Algorithms},
  author = {Nichol, Alex and Achiam, Joshua and Schulman, John},
  year = {2018},
  eprint = {1803.02999},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class Reptile(Settings):
    """One initialization, moved towards the weights that plain descent on each task arrives at.

    ```
    repeat: draw tasks T_i
        θ_i = θ after inner_steps of descent on the support and one more on the query
        θ ← Adam(θ, Σ_i (θ - θ_i))
    ```

    There is no derivative of the inner loop. The paper's own outer step is plain; Adam on the same direction, which
    the paper names as an option, is what all methods here have.

    Reference:
        Nichol et al. 2018 (arXiv 1803.02999), algorithm 2 and section 3.
    """

    bibtex: ClassVar[str] = BIBTEX

    inner_steps: int = 5
    """Inner steps in meta-training, >= 1."""

    @property
    def has_outer_lr(self) -> bool:
        """Always: its update is its own, whatever `outer` says."""
        return True

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.embed.simple import NoEmbedding
        from hypermaml.init.shared import Constant
        from hypermaml.methods.assembly.learners import learner_for
        from hypermaml.methods.assembly.system import adam, assemble
        from hypermaml.outer.descent import Descent
        from hypermaml.outer.difference import difference

        outer = Descent(adam(self.outer_clip), self.outer_lr, gradient=difference)
        return assemble(self, NoEmbedding(), Constant(learner_for(family, key)), outer=outer)
