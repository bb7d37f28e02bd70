"""How tuning searches. Nothing here waits for JAX or Optuna."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Sampler = Literal["grid", "random", "tpe", "cmaes"]
Pruner = Literal["none", "median", "hyperband"]
TRIALS = 8


@dataclass(frozen=True)
class SearchPlan:
    """How Optuna searches.

    Attributes:
        sampler: chooses the settings of the next trial; not `grid`.
        pruner: ends trials that look bad at a chunk.
        trials: of each method, in all, >= 1; those that were ended early count.
        storage: URL of a database, or path of a journal, that several processes share; a journal of its own by default.
    """

    sampler: Sampler = "tpe"
    pruner: Pruner = "none"
    trials: int = TRIALS
    storage: str = ""
