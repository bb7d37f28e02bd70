"""The test-time schedule: rate and clip of the later inner steps, chosen on meta-validation, alike for every method."""

from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import PRNGKeyArray

from hypermaml._core.evaluate import evaluate
from hypermaml._core.family import AbstractFamily
from hypermaml._core.method import Method

LATER_RATES = (1.0, 0.5, 0.2, 0.1, 0.05)
LATER_CLIPS = (5.0, 1.0)


def with_schedule(method: Method, later_rate: float, later_clip: float) -> Method:
    """The method with this rate (a factor of its own) and this clip from the second inner step on."""
    return eqx.tree_at(lambda m: m.adapt, method, method.adapt.with_schedule(later_rate, later_clip))


def without_schedule(method: Method) -> Method:
    """Return the method with a schedule that changes nothing, as it is where none fits.

    It shares its compiled evaluation with the tries of `choose_schedule` and with what they choose.

    Args:
        method: as it was meta-trained.
    """
    clip = method.adapt.clip
    return method if clip is None else with_schedule(method, 1.0, clip)


def choose_schedule(
    method: Method, family: AbstractFamily, tasks: Any, *, steps: int, key: PRNGKeyArray
) -> tuple[Method, dict[str, float]]:
    """Tries `LATER_RATES` with the clip of training, then `LATER_CLIPS` with the best rate.

    What is kept has the best mean score over steps 2..N.

    Args:
        method: as it was meta-trained.
        family: its `metric` counts.
        tasks: of meta-validation, stacked.
        steps: inner steps N.
        key: the same for each try.

    Returns:
        The with_schedule method, and the choice; the method as it is and nothing, where no rule takes its steps.
    """
    clip = method.adapt.clip
    if clip is None:
        return method, {}
    sign = 1.0 if family.higher_is_better else -1.0

    def score(rate: float, clip: float) -> float:
        scores = evaluate(with_schedule(method, rate, clip), family, tasks, steps=steps, key=key).scores
        mean = sign * float(np.mean(np.asarray(scores[family.metric])[:, 2:])) if steps > 1 else 0.0
        return mean if np.isfinite(mean) else -np.inf

    tried = {(rate, clip): score(rate, clip) for rate in LATER_RATES}
    rate, _ = max(tried, key=lambda pair: tried[pair])
    tried |= {(rate, other): score(rate, other) for other in LATER_CLIPS if other != clip}
    rate, clip = max(tried, key=lambda pair: tried[pair])
    return with_schedule(method, rate, clip), {"later_rate": rate, "later_clip": clip}
