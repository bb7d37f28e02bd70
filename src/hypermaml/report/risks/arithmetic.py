"""What the section of embedding quality computes."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from hypermaml.report.statistics import Estimate, estimate, resample_weights

MARGIN = 0.1  # of MAML's error


def equivalence(errors: Float[np.ndarray, "seeds tasks"], others: Float[np.ndarray, "seeds tasks"]) -> str:
    """Two one-sided tests, at 2.5% each, that the mean errors differ by less than 10% of the other's.

    Returns:
        `equivalent`; `different` where the difference is shown to be larger than that; `open` where neither is shown.
    """
    over = estimate(errors - others - MARGIN * others)
    under = estimate(errors - others + MARGIN * others)
    if over.high < 0 < under.low:
        return "equivalent"
    return "different" if over.low > 0 or under.high < 0 else "open"


def relative(errors: Float[np.ndarray, "seeds tasks"], others: Float[np.ndarray, "seeds tasks"]) -> Estimate:
    """The difference of the mean errors as a share of the other's mean, resampled together."""
    return _ratio(errors - others, others)


def recovery(
    corrupted: Float[np.ndarray, "seeds tasks steps"], given: Float[np.ndarray, "seeds tasks steps"]
) -> list[Estimate]:
    """The share of what corruption costs before adaptation that each step 0..N has won back.

    Args:
        corrupted: errors with the corrupted descriptions.
        given: errors with those as they are given, on the same seeds and tasks.
    """
    cost = corrupted - given
    return [_ratio(cost[..., 0] - cost[..., step], cost[..., 0]) for step in range(cost.shape[-1])]


def crossing(verdicts: Sequence[str]) -> tuple[int | None, int | None]:
    """Where, as corruption rises, the method is first not better than MAML, and first worse; `None` for nowhere."""
    level = next((place for place, verdict in enumerate(verdicts) if verdict != "better"), None)
    below = next((place for place, verdict in enumerate(verdicts) if verdict == "worse"), None)
    return level, below


def _ratio(top: Float[np.ndarray, "seeds tasks"], bottom: Float[np.ndarray, "seeds tasks"]) -> Estimate:
    """The ratio of two means with its hierarchical bootstrap interval."""
    whole = estimate(top)
    if whole.n_nonfinite:
        return whole
    weights = resample_weights(*top.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = (weights @ top.reshape(-1)) / (weights @ bottom.reshape(-1))
        low, high = np.quantile(drawn, [0.025, 0.975])
        return Estimate(float(top.mean() / bottom.mean()), float(low), float(high), *top.shape)
