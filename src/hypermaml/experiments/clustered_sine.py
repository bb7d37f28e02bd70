"""Clustered sine: budgets, presets, tuned values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import hypermaml as hm
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.experiments.sine import OWN, TUNED, SineExperiment
from hypermaml.methods.config import MethodConfig

if TYPE_CHECKING:
    from hypermaml.families.clustered_sine import ClusteredSine


@dataclass(frozen=True)
class ClusteredSineExperiment(Experiment):
    """Sine curves in five clusters, the targets in one of them, K examples; rates as tuned on sine."""

    name: ClassVar[str] = "clustered-sine"
    compared: ClassVar = ("random", "pretrained", "maml", "weighted_maml", "tasml", "hypermaml_set")
    described: ClassVar = ("none",)
    tuned_with: ClassVar[Descriptor] = "none"
    outer_rates: ClassVar = SineExperiment.outer_rates
    inner_rates: ClassVar = SineExperiment.inner_rates
    own_inner_rates: ClassVar = SineExperiment.own_inner_rates
    # Ten targets a seed: weighted MAML and TASML train on for each.
    presets: ClassVar = {
        "quick": Budget(iterations=3_000, meta_batch=25, chunk=500, validation_tasks=10, test_tasks=10),
        "paper": Budget(iterations=20_000, meta_batch=25, chunk=1_000, validation_tasks=10, test_tasks=10),
    }
    seeds: ClassVar = {"quick": 2, "paper": 5}

    target: int = 1
    """The targets' cluster, 1 to 5."""
    shots: int = 10
    """Support examples K, >= 1."""

    def family(self, descriptor: Descriptor) -> ClusteredSine:
        return hm.families.ClusteredSine(target=self.target, description=descriptor, shots=self.shots)

    def settings(self, descriptors: Sequence[Descriptor] = ("full",)) -> dict[str, MethodConfig]:
        return self.at_rates(TUNED, own=OWN)
