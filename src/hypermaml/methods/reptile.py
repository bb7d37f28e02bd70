"""Reptile: towards where plain descent arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import hypermaml as hm

CITATION = """@article{nichol2018reptile,
  title = {On First-Order Meta-Learning Algorithms},
  author = {Nichol, Alex and Achiam, Joshua and Schulman, John},
  year = {2018},
  eprint = {1803.02999},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class Reptile(hm.MethodConfig):
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

    label: ClassVar[str] = "Reptile"
    summary: ClassVar[str] = "one initialization, moved towards where the inner steps on each task lead"
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#62bfef"
    marker: ClassVar[str] = ">"
    open_marker: ClassVar[bool] = True
    chooses_what_adapts: ClassVar[bool] = False

    inner_steps: int = 5
    """Inner steps in meta-training, >= 1."""

    @property
    def has_outer_lr(self) -> bool:
        """Return that it does: its update is its own, whatever `outer` says."""
        return True

    def outer_update(self) -> hm.outer.AbstractOuter:
        adam = self.outer if isinstance(self.outer, hm.Adam) else hm.Adam()
        return adam.build(self.outer_lr, gradient=hm.outer.difference)
