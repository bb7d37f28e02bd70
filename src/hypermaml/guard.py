"""The guard of later inner steps: their rate and clip, chosen on meta-validation, alike for every method."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from hypermaml.evaluate import evaluate
from hypermaml.family import AbstractFamily
from hypermaml.method import Method
from hypermaml.trees import Fixed

LATER_RATES = (1.0, 0.5, 0.2, 0.1, 0.05)
LATER_CLIPS = (jnp.inf, 5.0, 1.0)


def guarded(method: Method, later_rate: float, later_clip: float) -> Method:
    """The method with this rate (a factor of its own) and this clip from the second inner step on."""
    values = (jnp.asarray(later_rate, float), jnp.asarray(later_clip, float))
    return eqx.tree_at(
        lambda m: (m.adapt.rule.later_rate, m.adapt.rule.later_clip), method, tuple(Fixed(value) for value in values)
    )


def choose_guard(
    method: Method, family: AbstractFamily, tasks: Any, *, steps: int, key: PRNGKeyArray
) -> tuple[Method, dict[str, float]]:
    """Tries each pair of `LATER_RATES` and `LATER_CLIPS` and keeps the one with the best mean score over steps 2..N.

    Args:
        method: as it was meta-trained.
        family: scores; its first metric counts.
        tasks: of meta-validation, stacked.
        steps: inner steps N.
        key: the same for each pair.

    Returns:
        The guarded method, and the choice.
    """
    sign = 1.0 if family.higher_is_better else -1.0
    best, choice = -np.inf, (LATER_RATES[-1], LATER_CLIPS[-1])
    for rate in LATER_RATES:
        for clip in LATER_CLIPS:
            scores = evaluate(guarded(method, rate, clip), family, tasks, steps=steps, key=key).scores
            score = sign * float(np.mean(np.asarray(scores[min(scores)])[:, 2:])) if steps > 1 else 0.0
            if score > best:
                best, choice = score, (rate, clip)
    return guarded(method, *choice), {"later_rate": choice[0], "later_clip": float(choice[1])}
