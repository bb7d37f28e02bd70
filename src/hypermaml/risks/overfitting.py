"""Overfitting: how much better a method is on its training tasks, by the number of these tasks."""

from __future__ import annotations

from hypermaml.risks.altered import UNLIMITED
from hypermaml.risks.plan import REFERENCE, Risks
from hypermaml.risks.trial import Probe, Trial

LIMITS = (4, 16, 64, 256, UNLIMITED)
SEEN, UNSEEN = Probe("meta-train"), Probe("meta-test")


def trials(risks: Risks) -> list[Trial]:
    """Return the training runs of the method and of MAML with each number of meta-training tasks."""
    return [
        risks.trial(method, seed, SEEN, UNSEEN, limit=limit)
        for seed in risks.seeds
        for limit in LIMITS
        for method in (risks.method, REFERENCE)
    ]
