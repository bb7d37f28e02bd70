"""Compute the figures of the section on embedding quality."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from hypermaml.report.statistics import Estimate, Identity, Values, estimate, ratio

MARGIN = 0.1  # of MAML's error


def equivalence(errors: Values, others: Values, identity: Identity | None = None) -> str:
    """Test whether the mean errors differ by less than 10% of the other's: two one-sided tests, at 2.5% each.

    Returns:
        `equivalent`; `different` where the difference is shown to be larger than that; `open` where neither is shown.
    """
    over = estimate(errors - others - MARGIN * others, identity)
    under = estimate(errors - others + MARGIN * others, identity)
    if over.high < 0 < under.low:
        return "equivalent"
    return "different" if over.low > 0 or under.high < 0 else "open"


def relative(errors: Values, others: Values, identity: Identity | None = None) -> Estimate:
    """Return the difference of the mean errors as a share of the other's mean."""
    return ratio([errors - others], [others], identity)


def recovery(
    corrupted: Float[np.ndarray, "seeds tasks steps"],
    given: Float[np.ndarray, "seeds tasks steps"],
    identity: Identity | None = None,
) -> list[Estimate]:
    """Return the share of the cost of corruption before adaptation that each step 0..N recovers.

    Args:
        corrupted: errors with the corrupted descriptions.
        given: errors with the given descriptions, on the same seeds and tasks.
        identity: which tasks of the seeds are the same.
    """
    cost = corrupted - given
    return [ratio([cost[..., 0] - cost[..., step]], [cost[..., 0]], identity) for step in range(cost.shape[-1])]


def crossing(verdicts: Sequence[str]) -> tuple[int | None, int | None]:
    """Find where, as corruption rises, the method is first not better than MAML, and first worse; `None` for never."""
    level = next((index for index, verdict in enumerate(verdicts) if verdict != "better"), None)
    below = next((index for index, verdict in enumerate(verdicts) if verdict == "worse"), None)
    return level, below


def advantage(initial: Sequence[Values], final: Sequence[Values], identity: Identity | None = None) -> Estimate:
    """Return the growth of the error of generated final weights, divided by the growth of that of initializations.

    Above 1, generated initializations scale better.

    Args:
        initial: errors from the smallest to the largest network.
        final: errors of the final weights, on the same seeds and tasks.
        identity: which tasks of the seeds are the same.
    """
    return ratio([final[-1], initial[0]], [final[0], initial[-1]], identity)
