"""Conventional pretraining on all tasks, then fine-tuning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import hypermaml as hm
from hypermaml.methods.config import MAML_CITATION


@dataclass(frozen=True)
class Pretrained(hm.MethodConfig):
    """One learner trained on the data of all tasks, with no thought of adaptation; fine-tuned on a task as MAML adapts.

    Its outer loss has the data that the inner steps of other methods take.

    Reference:
        The baseline of Finn et al. 2017 (arXiv 1703.03400), section 5.
    """

    label: ClassVar[str] = "pretrained"
    summary: ClassVar[str] = "one model trained on all tasks at once, then fine-tuned"
    citation: ClassVar[str] = MAML_CITATION
    color: ClassVar[str] = "#d9a400"
    marker: ClassVar[str] = "s"

    def objective(self) -> hm.Objective:
        return hm.before_adaptation(budget=self.inner_steps)
