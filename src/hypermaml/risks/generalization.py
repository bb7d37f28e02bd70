"""Non-generalization: the error of a method as tasks move away from the region of training."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from hypermaml.risks.distance import edges_of, pool_of
from hypermaml.risks.plan import Risks
from hypermaml.risks.trial import Probe, Trial


def probes(risks: Risks) -> tuple[Probe, ...]:
    """Return the measurements: tasks of the region, then tasks of each bin of distance."""
    return (Probe(), *(Probe(f"distance-{number}") for number in range(1, risks.budget.bins + 1)))


def trials(risks: Risks) -> list[Trial]:
    """Return the training runs of all methods that are compared."""
    return [
        risks.trial(method, seed, *probes(risks)) for seed in risks.seeds for method in risks.compared
    ]  # fmt: skip


def edges(risks: Risks) -> Float[np.ndarray, " edge"]:
    """Return the edges of the bins, in shares of the training range, for the tasks of seed 0."""
    return edges_of(pool_of(trials(risks)[0].training_run, risks.budget.bins)[1], risks.budget.bins)
