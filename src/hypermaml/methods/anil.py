"""ANIL: almost no inner loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import hypermaml as hm

CITATION = """@inproceedings{raghu2020anil,
  title = {Rapid Learning or Feature Reuse? Towards Understanding the Effectiveness of {MAML}},
  author = {Raghu, Aniruddh and Raghu, Maithra and Bengio, Samy and Vinyals, Oriol},
  booktitle = {International Conference on Learning Representations},
  year = {2020},
  eprint = {1909.09157},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class ANIL(hm.MethodConfig):
    """MAML whose inner loop adapts the last layer alone; the outer loop trains all of them.

    The last layer of a policy counts log σ in.

    Reference:
        Raghu et al. 2020 (arXiv 1909.09157), section 4.
    """

    label: ClassVar[str] = "ANIL"
    summary: ClassVar[str] = "MAML whose inner steps change the last layer alone"
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#0069d8"
    marker: ClassVar[str] = "v"
    open_marker: ClassVar[bool] = True
    needs_network: ClassVar[bool] = True
    chooses_what_adapts: ClassVar[bool] = False

    def selection(self, family: hm.AbstractFamily) -> Callable[[Any], Any]:
        return hm.adapt.selected(hm.adapt.head_of, family)
