"""Rates and films that are trained beside the weights."""

from typing import Any

import jax
import jax.numpy as jnp

from hypermaml._core.trees import split_selected
from hypermaml.adapt.rule import ByStep
from hypermaml.methods.assembly.learners import network_of
from hypermaml.nn.wrappers import FiLM


def rate_for_each_entry(learner: Any, inner_lr: float) -> Any:
    """Inner rates for each entry of each leaf, to be trained."""
    return jax.tree.map(lambda leaf: jnp.full_like(leaf, inner_lr), learner)


def rate_for_each_step(learner: Any, steps: int, inner_lr: float, *, inside: Any = None) -> Any:
    """Inner rates for each leaf and inner step, to be trained.

    Args:
        learner: whose leaves adapt.
        steps: in meta-training.
        inner_lr: to start with.
        inside: the films of each step, if the learner is modulated by them.
    """
    if inside is not None:
        learner, _ = split_selected(FiLM(learner, inside), network_of)
    return jax.tree.map(lambda leaf: ByStep(jnp.full(steps, inner_lr, leaf.dtype)), learner)


def films_for_each_step(learner: Any, steps: int) -> Any:
    """Gain and shift of each hidden layer after each of 0..N inner steps, to be trained; `None` without normalization.

    They start where they change nothing.
    """
    if getattr(learner, "normalization", "none") == "none":
        return None
    return tuple((jnp.zeros((steps + 1, width)), jnp.zeros((steps + 1, width))) for width in learner.widths)
