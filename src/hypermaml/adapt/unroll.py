"""MAML's adaptation: gradient steps on chosen leaves of the learner."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Int

from hypermaml._core.adapter import AbstractAdapter, InnerLoss, StepInfo
from hypermaml._core.trees import global_norm, split_selected
from hypermaml.adapt.adjoint import AbstractAdjoint, Backprop
from hypermaml.adapt.rule import AbstractRule, bound
from hypermaml.adapt.selection import whole_learner


class UnrollState(eqx.Module):
    """The learner and the number of steps that it has taken."""

    learner: Any
    index: Int[Array, ""]


class Unroll(AbstractAdapter):
    """Gradient descent on the inner loss (MAML, arXiv 1703.03400, algorithm 1, line 6).

    Attributes:
        rule: what a step does with the gradient.
        adjoint: how the outer gradient passes a step.
        where: which nodes of the learner adapt, as in `equinox.tree_at`; everything by default.
    """

    rule: AbstractRule
    adjoint: AbstractAdjoint = Backprop()
    where: Callable[[Any], Any] = eqx.field(static=True, default=whole_learner)

    @property
    def clip(self) -> float:
        return float(bound(self.rule.clip))

    def with_schedule(self, later_rate: float, later_clip: float) -> "Unroll":
        return eqx.tree_at(lambda a: a.rule, self, self.rule.with_schedule(later_rate, later_clip))

    def init(self, learner: Any) -> UnrollState:
        return UnrollState(learner, jnp.asarray(0))

    def step(self, state: UnrollState, batch: Any, inner_loss: InnerLoss) -> tuple[UnrollState, StepInfo]:
        adapted, rest = split_selected(state.learner, self.where)
        loss, gradient = self.adjoint.value_and_grad(lambda a: inner_loss(eqx.combine(a, rest), batch), adapted)
        norm = global_norm(gradient)
        adapted = self.rule(adapted, gradient, norm, state.index)
        return UnrollState(eqx.combine(adapted, rest), state.index + 1), StepInfo(loss, norm)

    def learner(self, state: UnrollState) -> Any:
        return state.learner
