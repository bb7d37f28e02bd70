"""Hyper-parameter tuning: the errors of a method with rates and a size that are drawn at random."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hypermaml.risks.plan import Risks
from hypermaml.risks.trial import Trial

SPREAD = 10.0  # a rate is drawn between a tenth and ten times its tuned value


class Draw(NamedTuple):
    """A draw of rates and size, which every method gets.

    Attributes:
        outer: factor of the tuned outer rate of the method.
        inner: factor of the tuned inner rate of the method.
        width: of the target network.
    """

    outer: float
    inner: float
    width: int


def draws(risks: Risks) -> list[Draw]:
    """Return the draws, alike for each method: log-uniform factors from 1/10 to 10, and widths among the sizes."""
    rng = np.random.default_rng(0)
    factors = SPREAD ** rng.uniform(-1, 1, (risks.budget.draws, 2))
    widths = rng.choice(risks.sizes, risks.budget.draws)
    return [Draw(float(outer), float(inner), int(width)) for (outer, inner), width in zip(factors, widths, strict=True)]


def trial(risks: Risks, method: str, draw: Draw) -> Trial:
    """Return the training run of one draw of one method, with seed 0."""
    settings = risks.settings[method]
    rates = {"inner_lr": settings.inner_lr * draw.inner}
    if settings.has_outer_lr:
        rates["outer_lr"] = settings.outer_lr * draw.outer
    return risks.trial(method, 0, width=draw.width, changes=rates)


def untrained(risks: Risks, draw: Draw) -> Trial:
    """Return the run of an untrained network of this size: a method that diverges ends no better."""
    return risks.trial("random", 0, width=draw.width)


def trials(risks: Risks) -> list[Trial]:
    """Return the training runs of every draw of every method, and of the untrained networks."""
    found = [trial(risks, method, draw) for draw in draws(risks) for method in risks.compared]
    return found + [untrained(risks, draw) for draw in draws(risks)]
