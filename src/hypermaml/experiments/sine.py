"""Sine regression: budgets, presets, tuned values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import hypermaml as hm
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.methods.config import MethodConfig

if TYPE_CHECKING:
    from hypermaml.families.sine import Sine

# Outer and inner rate of each method, as `hypermaml tune sine` chose them (benchmarks/results/sine-tuning.json down to
# hypermaml_constant, then sine-related-tuning.json). What it chose for hypermaml is that of Algorithm 2 now.
# HyperMAML's own is from sine-hypermaml-tuning.json, that of amortized inference from sine-amortized-tuning.json.
# Multi-MAML, which is MAML where there is one kind of task, weighted MAML and TASML have MAML's; so have Meta Networks,
# without an inner rate, whose trials take too long.
TUNED = {
    "random": (0.001, 0.02),
    "pretrained": (0.003, 0.02),
    "oracle": (0.003, 0.001),
    "maml": (0.003, 0.02),
    "hypermaml": (0.003, 0.05),  # where its learned rates start
    "hypermaml_algorithm_2": (0.003, 0.005),
    "fomaml": (0.003, 0.005),
    "hypermaml_first_order": (0.003, 0.001),
    "hypernet": (0.003, 0.02),
    "conditioned": (0.003, 0.005),
    "conditioned_pretrained": (0.003, 0.02),
    "hypermaml_constant": (0.003, 0.05),  # as hypermaml
    "reptile": (0.003, 0.02),
    "imaml": (0.001, 0.02),
    "anil": (0.003, 0.02),
    "cavia": (0.003, 2.0),
    "amortized": (0.003, 0.02),  # it has no inner rate; its context of 16 is that of the class
    "meta_sgd": (0.001, 0.001),
    "maml_plus_plus": (0.003, 0.05),
    "maml_en_llm": (0.003, 0.01),  # set by hand
    "multi_maml": (0.003, 0.02),
    "mmaml": (0.003, 0.02),
    "leo": (0.001, 0.5),
    "meta_networks": (0.003, 0.02),
    "ha_hypernetwork": (0.003, 0.02),
    "hypermaml_set": (0.001, 0.005),
    "weighted_maml": (0.003, 0.02),
    "tasml": (0.003, 0.02),
    "hypermaml_anil": (0.003, 0.02),
    "hypermaml_meta_sgd": (0.003, 0.05),
    "hypermaml_maml_plus_plus": (0.003, 0.001),
}

# With phases in [0, 2π] (benchmarks/results/sine-full-phases-tuning.json).
FULL_PHASES = {
    "maml": (0.001, 0.02),
    "hypermaml": (0.003, 0.02),
    "conditioned": (0.003, 0.005),
    "hypernet": (0.001, 0.05),
    "hypermaml_constant": (0.001, 0.02),
}

# One inner step for every method: MAML++ with its usual five diverges in most of its trials here, or ends above MAML.
OWN: dict[str, dict[str, Any]] = {
    **{name: {"inner_steps": 1} for name in ("maml_plus_plus", "hypermaml_maml_plus_plus")},
    "imaml": {"proximity": 20.0},
}


@dataclass(frozen=True)
class SineExperiment(Experiment):
    """Sine curves: amplitude in [0.1, 5], phase in [0, π] or [0, 2π], K examples."""

    name: ClassVar[str] = "sine"
    outer_rates: ClassVar = (1e-3, 3e-3)
    inner_rates: ClassVar = (0.001, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
    # The gradients of a context and of a latent code are smaller than those of the weights that read them.
    own_inner_rates: ClassVar = {
        **Experiment.own_inner_rates,
        **dict.fromkeys(("cavia", "leo"), (0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0)),
        # Below 10 the inner problem of iMAML is not convex.
        "imaml": (10.0, 15.0, 20.0, 30.0, 50.0, 70.0, 100.0, 150.0),
    }
    presets: ClassVar = {
        "quick": Budget(iterations=5_000, meta_batch=25, chunk=500, validation_tasks=100, test_tasks=100),
        "paper": Budget(iterations=70_000, meta_batch=25, chunk=1_000, validation_tasks=100, test_tasks=100),
    }
    seeds: ClassVar = {"quick": 2, "paper": 5}

    shots: int = 10
    """Support examples K, >= 1."""
    phases: Literal["half", "full"] = "half"
    """Range of the phase: half, [0, π], or full, [0, 2π], where the amplitude does not tell the mean curve."""

    def family(self, descriptor: Descriptor) -> Sine:
        phases = (0.0, math.pi * {"half": 1, "full": 2}[self.phases])
        return hm.families.Sine(phases=phases, description=descriptor, shots=self.shots)

    def settings(self, descriptors: Sequence[Descriptor] = ("full",)) -> dict[str, MethodConfig]:
        return self.at_rates(TUNED if self.phases == "half" else TUNED | FULL_PHASES, own=OWN)
