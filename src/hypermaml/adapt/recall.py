"""Adaptation by memory: a policy goes on where its trajectories have left it."""

from typing import Any

import jax.numpy as jnp

from hypermaml._core.adapter import AbstractAdapter, InnerLoss, StepInfo
from hypermaml.rl.recurrent import AbstractRecurrentPolicy


class Recall(AbstractAdapter):
    """Give the policy the memory that its support trajectories leave. Its weights stay, and no loss is evaluated.

    The outer gradient passes through the memory, back to the first time step of the task.

    Reference:
        Duan et al. 2016, "RL²" (arXiv 1611.02779), section 2.
    """

    def init(self, learner: AbstractRecurrentPolicy) -> AbstractRecurrentPolicy:
        return learner

    def step(
        self, state: AbstractRecurrentPolicy, batch: Any, inner_loss: InnerLoss
    ) -> tuple[AbstractRecurrentPolicy, StepInfo]:
        return state.after(batch), StepInfo(jnp.zeros(()), jnp.zeros(()))

    def learner(self, state: AbstractRecurrentPolicy) -> AbstractRecurrentPolicy:
        return state
