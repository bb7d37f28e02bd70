"""Multi-MAML: one MAML for each kind of task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.mmaml import MMAML_BIBTEX
from hypermaml.methods.settings import Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System


@dataclass(frozen=True)
class MultiMAML(Settings):
    """One initialization for each kind of task; an oracle tells the kind: the upper reference of MMAML.

    Where a family has one kind only, it is MAML.

    Reference:
        The baseline of Vuorio et al. 2019 (arXiv 1910.13616), section 5.
    """

    fixed_support: ClassVar[bool] = True
    bibtex: ClassVar[str] = MMAML_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        import jax
        import jax.numpy as jnp

        from hypermaml.embed.mode import TrueMode
        from hypermaml.init.shared import Selected
        from hypermaml.methods.assembly.embedders import supervised
        from hypermaml.methods.assembly.learners import learner_for
        from hypermaml.methods.assembly.system import assemble

        modes, learner = supervised(family).modes, learner_for(family, key)
        learners = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (modes, *leaf.shape)), learner)
        return assemble(self, TrueMode(modes), Selected(learners))
