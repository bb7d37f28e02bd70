"""Hyper-parameter tuning: what a method makes of rates and a size that are drawn at random."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hypermaml.risks.plan import Risks
from hypermaml.risks.trial import Trial

SPREAD = 10.0  # the outer rate is drawn up to so many times its tuned value, and down to so small a part of it


class Draw(NamedTuple):
    """One draw, for every method.

    Attributes:
        outer: what the method's tuned outer rate is multiplied by.
        inner: what its tuned inner rate is multiplied by.
        width: of the target network.
    """

    outer: float
    inner: float
    width: int


def draws(risks: Risks) -> list[Draw]:
    """The same for each method: factors of the rates even in proportion from 1/10 to 10, widths among the sizes."""
    rng = np.random.default_rng(0)
    factors = SPREAD ** rng.uniform(-1, 1, (risks.budget.draws, 2))
    widths = rng.choice(risks.budget.sizes, risks.budget.draws)
    return [Draw(float(outer), float(inner), int(width)) for (outer, inner), width in zip(factors, widths, strict=True)]


def trial(risks: Risks, method: str, draw: Draw) -> Trial:
    """One draw of one method, with seed 0."""
    settings = risks.settings[method]
    rates = {"inner_lr": settings.inner_lr * draw.inner}
    if settings.has_outer_lr:
        rates["outer_lr"] = settings.outer_lr * draw.outer
    return risks.trial(method, 0, width=draw.width, changes=rates)


def untrained(risks: Risks, draw: Draw) -> Trial:
    """What every method begins with at this size: a method that diverges ends no better."""
    return risks.trial("random", 0, width=draw.width)


def trials(risks: Risks) -> list[Trial]:
    """Every draw of every method, and what they begin with."""
    found = [trial(risks, method, draw) for draw in draws(risks) for method in risks.compared]
    return found + [untrained(risks, draw) for draw in draws(risks)]
