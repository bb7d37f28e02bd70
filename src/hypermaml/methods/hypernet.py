"""A hypernetwork: HyperMAML's generator, trained for the final weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import hypermaml as hm
from hypermaml.methods.config import HYPERMAML_CITATION
from hypermaml.methods.hypermaml import HyperMAML


@dataclass(frozen=True)
class Hypernet(HyperMAML):
    """An ablation: the generator is trained for its loss before any inner step, as a hypernetwork is.

    Evaluated over inner steps 0..N as all methods are.
    """

    label: ClassVar[str] = "hypernet"
    summary: ClassVar[str] = "the same generator, trained on step 0 alone: conditioning without adaptation"
    citation: ClassVar[str] = HYPERMAML_CITATION
    color: ClassVar[str] = "#b3359f"
    marker: ClassVar[str] = "^"
    width: ClassVar[float] = 1.4

    def objective(self) -> hm.Objective:
        return hm.before_adaptation(budget=self.inner_steps)
