"""A hypernetwork: HyperMAML's generator, trained for the final weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import hypermaml as hm
from hypermaml.methods.generated import GeneratedMethod


@dataclass(frozen=True)
class Hypernet(GeneratedMethod):
    """An ablation: the generator is trained for its loss before any inner step, as a hypernetwork is.

    Evaluated over inner steps 0..N as all methods are.
    """

    label: ClassVar[str] = "hypernet"
    summary: ClassVar[str] = "the same generator, trained on step 0 alone: conditioning without adaptation"
    color: ClassVar[str] = "#b3359f"
    marker: ClassVar[str] = "^"
    width: ClassVar[float] = 1.4

    def objective(self) -> hm.Objective:
        return hm.before_adaptation(budget=self.inner_steps)
