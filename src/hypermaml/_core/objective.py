"""Objectives: which inner steps count in the outer loss, and how much."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

LEAST_LOSS = 1e-8  # that others are taken relative to


class Objective(eqx.Module):
    """The outer loss of a task, as weights of its query loss after each inner step.

    Attributes:
        weights: of the learner after step 0, 1, …, N; N is the number of inner steps in meta-training. A number of 0
            does not count; an array counts whatever it holds, and may change while training.
        budget: inner steps that a task's data pay for in one meta-iteration, at least N; the support of those that are
            not taken is joined to the query, so that objectives of one budget use equally much data.
        relative: whether the loss after each step counts relative to its own mean in meta-training so far, so that a
            step whose loss is large does not drown the others. Losses of reinforcement learning, which are on one scale
            by their standardized advantages, count as they are.
    """

    weights: tuple[float | Float[Array, ""], ...]
    budget: int = eqx.field(static=True)
    relative: bool = eqx.field(static=True, default=False)

    def __check_init__(self):
        if not self.counted:
            raise ValueError(f"Objective: weights are {self.weights}, but at least one must differ from 0")
        if self.budget < self.steps:
            raise ValueError(f"Objective: budget is {self.budget}, but it must be at least {self.steps}")

    @property
    def steps(self) -> int:
        """The number of inner steps in meta-training."""
        return len(self.weights) - 1

    @property
    def counted(self) -> tuple[int, ...]:
        """The inner steps that count."""
        return tuple(step for step, weight in enumerate(self.weights) if eqx.is_array(weight) or weight)

    def relative_to(self, losses: Float[Array, " counted"]) -> "Objective":
        """Return the objective in which the loss after each counted step is divided by one of these."""
        weights = list(self.weights)
        for step, loss in zip(self.counted, losses, strict=True):
            weights[step] = weights[step] / jnp.maximum(loss, LEAST_LOSS)
        return Objective(tuple(weights), self.budget, self.relative)


def after_adaptation(steps: int, *, budget: int | None = None) -> Objective:
    """Return MAML's objective: the loss after the last inner step.

    Args:
        steps: inner steps N in meta-training.
        budget: inner steps that a task's data pay for, at least N; N by default.
    """
    return Objective((0.0,) * steps + (1.0,), steps if budget is None else budget)


def at_each_step(steps: int) -> Objective:
    """Return the objective of the losses before the first and after each inner step, each on its own scale.

    Args:
        steps: inner steps N in meta-training.
    """
    return Objective((1.0,) * (steps + 1), steps, relative=True)


def before_adaptation(*, budget: int) -> Objective:
    """Return the objective of the loss before any adaptation: pretraining, and the ablations that only condition.

    Args:
        budget: inner steps that a task's data pay for, whose support is joined to the query.
    """
    return Objective((1.0,), budget)
