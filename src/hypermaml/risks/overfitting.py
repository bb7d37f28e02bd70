"""Overfitting: how much better a method is on the tasks that it was trained on, by how many there were."""

from __future__ import annotations

from hypermaml.risks.plan import REFERENCE, Risks
from hypermaml.risks.trial import Probe, Trial
from hypermaml.risks.world import UNLIMITED

LIMITS = (4, 16, 64, 256, UNLIMITED)
SEEN, UNSEEN = Probe("meta-train"), Probe("meta-test")


def trials(risks: Risks) -> list[Trial]:
    """The method and MAML with each number of meta-training tasks."""
    return [
        risks.trial(method, seed, SEEN, UNSEEN, limit=limit)
        for seed in risks.seeds
        for limit in LIMITS
        for method in (risks.method, REFERENCE)
    ]
