"""Pretraining with the embedding in the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import hypermaml as hm
from hypermaml.methods.conditioned import Conditioned
from hypermaml.methods.config import MAML_CITATION


@dataclass(frozen=True)
class ConditionedPretrained(Conditioned):
    """An ablation of HyperMAML: the embedding joins the input, and only the loss before adaptation is trained."""

    label: ClassVar[str] = "conditioned (pretrained)"
    summary: ClassVar[str] = "the description as a further input, trained on step 0 alone"
    citation: ClassVar[str] = MAML_CITATION
    color: ClassVar[str] = "#5ec79d"
    marker: ClassVar[str] = "X"

    def objective(self) -> hm.Objective:
        return hm.before_adaptation(budget=self.inner_steps)
