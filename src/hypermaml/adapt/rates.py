"""Rates and films that are trained beside the weights."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from hypermaml._core.trees import split_selected
from hypermaml.adapt.rule import ByStep, PositiveByStep
from hypermaml.adapt.selection import whole_learner
from hypermaml.nn.wrappers import FiLM


def rate_for_each_entry(learner: Any, inner_lr: float, *, where: Callable[[Any], Any] = whole_learner) -> Any:
    """Return inner rates for each entry of each leaf that adapts, to be trained.

    Args:
        learner: whose leaves adapt.
        inner_lr: to start with.
        where: what adapts of it.
    """
    return jax.tree.map(lambda leaf: jnp.full_like(leaf, inner_lr), split_selected(learner, where)[0])


def rate_for_each_step(
    learner: Any, steps: int, inner_lr: float, *, where: Callable[[Any], Any] = whole_learner, films: Any = None
) -> Any:
    """Return inner rates for each leaf that adapts and each inner step, to be trained.

    Args:
        learner: whose leaves adapt.
        steps: in meta-training.
        inner_lr: to start with.
        where: what adapts of it, or of it with films.
        films: of each step, if the learner is modulated by them.
    """
    adapted, _ = split_selected(learner if films is None else FiLM(learner, films), where)
    return jax.tree.map(lambda leaf: ByStep(jnp.full(steps, inner_lr, leaf.dtype)), adapted)


def positive_rate_for_each_step(
    learner: Any, steps: int, inner_lr: float, *, where: Callable[[Any], Any] = whole_learner
) -> Any:
    """Return positive inner rates for each leaf that adapts and each inner step, to be trained by their logarithms.

    Args:
        learner: whose leaves adapt.
        steps: in meta-training.
        inner_lr: to start with, > 0.
        where: what adapts of it.
    """
    adapted, _ = split_selected(learner, where)
    return jax.tree.map(lambda leaf: PositiveByStep(jnp.full(steps, jnp.log(inner_lr), leaf.dtype)), adapted)


def films_for_each_step(learner: Any, steps: int) -> Any:
    """Return gain and shift of each hidden layer at each of N inner steps, to be trained.

    They start where they change nothing; `None` without normalization.

    Args:
        learner: whose hidden layers have the `widths`.
        steps: inner steps N in meta-training.
    """
    if getattr(learner, "normalization", "none") == "none":
        return None
    return tuple((jnp.zeros((steps, width)), jnp.zeros((steps, width))) for width in learner.widths)
