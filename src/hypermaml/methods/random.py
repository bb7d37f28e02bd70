"""Random initialization, fine-tuned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import hypermaml as hm
from hypermaml.methods.config import MAML_CITATION


@dataclass(frozen=True)
class Random(hm.MethodConfig):
    """A learner that was never trained, fine-tuned on each task: the lower reference.

    Reference:
        The baseline of Finn et al. 2017 (arXiv 1703.03400), section 5.
    """

    label: ClassVar[str] = "random"
    summary: ClassVar[str] = "fresh random weights, then gradient steps; the lower anchor"
    citation: ClassVar[str] = MAML_CITATION
    color: ClassVar[str] = "#7c7f86"
    marker: ClassVar[str] = "x"
    trained: ClassVar[bool] = False

    def objective(self) -> hm.Objective:
        return hm.before_adaptation(budget=self.inner_steps)
