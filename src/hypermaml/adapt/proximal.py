"""iMAML's adaptation: descent that is held near its start, and the implicit gradient of where it ends."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Int

from hypermaml._core.adapter import AbstractAdapter, InnerLoss, StepInfo
from hypermaml._core.trees import NonTrainable, global_norm, split_selected
from hypermaml.adapt.rule import AbstractRule, bound
from hypermaml.adapt.selection import whole_learner


class ProximalState(eqx.Module):
    """The learner, where its task started, and the number of steps that it has taken."""

    learner: Any
    anchor: Any
    index: Int[Array, ""]


class Proximal(AbstractAdapter):
    r"""Gradient descent on $\hat L(\theta') + \tfrac{\lambda}{2} \|\theta' - \theta\|^2$ from $\theta$ on.

    The outer gradient does not pass the steps. It takes the reached $\theta'$ for the minimum, where
    $d\theta'/d\theta = (I + \nabla^2 \hat L(\theta') / \lambda)^{-1}$, and solves with that matrix by conjugate
    gradients: its memory does not grow with the number of steps.

    Attributes:
        rule: what a step does with the gradient; its rate must be given, since the implicit gradient knows none.
        strength: λ, > 0.
        where: which nodes of the learner adapt; everything by default.
        iterations: of the conjugate gradients, >= 1.

    Raises:
        ValueError: a value is out of its range, or the rate is to be trained.

    Reference:
        Rajeswaran et al. 2019, "Meta-learning with implicit gradients" (arXiv 1909.04630), lemma 1 and algorithm 2.
    """

    rule: AbstractRule
    strength: NonTrainable
    where: Callable[[Any], Any] = eqx.field(static=True)
    iterations: int = eqx.field(static=True)

    def __init__(
        self,
        rule: AbstractRule,
        strength: ArrayLike,
        *,
        where: Callable[[Any], Any] = whole_learner,
        iterations: int = 5,
    ):
        if not isinstance(rule.rate, NonTrainable):
            raise ValueError(
                "Proximal: the implicit gradient does not depend on the inner rate: give it inside NonTrainable"
            )
        if iterations < 1 or not jnp.all(jnp.asarray(strength) > 0):
            raise ValueError(f"Proximal: strength is {strength} and iterations {iterations}, but both must be above 0")
        self.rule, self.strength, self.where, self.iterations = rule, NonTrainable(strength), where, iterations

    @property
    def clip(self) -> float:
        return float(bound(self.rule.clip))

    def with_schedule(self, later_rate: float, later_clip: float) -> "Proximal":
        return eqx.tree_at(lambda a: a.rule, self, self.rule.with_schedule(later_rate, later_clip))

    def init(self, learner: Any) -> ProximalState:
        return ProximalState(learner, learner, jnp.asarray(0))

    def step(self, state: ProximalState, batch: Any, inner_loss: InnerLoss) -> tuple[ProximalState, StepInfo]:
        adapted, rest = split_selected(jax.lax.stop_gradient(state.learner), self.where)
        anchor = jax.lax.stop_gradient(split_selected(state.anchor, self.where)[0])
        loss, gradient = jax.value_and_grad(lambda a: inner_loss(eqx.combine(a, rest), batch))(adapted)
        gradient = jax.tree.map(lambda g, a, b: g + self.strength() * (a - b), gradient, adapted, anchor)
        norm = global_norm(gradient)
        adapted = self.rule(adapted, gradient, norm, state.index)
        return ProximalState(eqx.combine(adapted, rest), state.anchor, state.index + 1), StepInfo(loss, norm)

    def learner(self, state: ProximalState) -> Any:
        return state.learner

    def connect(self, start: ProximalState, reached: ProximalState, batch: Any, inner_loss: InnerLoss) -> ProximalState:
        minimum, rest = split_selected(jax.lax.stop_gradient(reached.learner), self.where)
        anchor, kept = split_selected(start.learner, self.where)
        slope = jax.grad(lambda a: inner_loss(eqx.combine(a, rest), batch))

        def product(vector: Any) -> Any:
            curved = jax.jvp(slope, (minimum,), (vector,))[1]
            return jax.tree.map(lambda v, c: v + c / self.strength(), vector, curved)

        # Zero, with the derivative that is wanted: the solver is linear and its transpose is itself.
        offset = jax.tree.map(lambda a: a - jax.lax.stop_gradient(a), anchor)
        solution, _ = jax.scipy.sparse.linalg.cg(product, offset, maxiter=self.iterations)
        learner = eqx.combine(jax.tree.map(jnp.add, minimum, solution), kept)
        return ProximalState(learner, reached.anchor, reached.index)
