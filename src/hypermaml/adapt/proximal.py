"""iMAML's adaptation: descent that is held near its start, and the implicit gradient of where it ends."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, ArrayLike, Bool, Float

from hypermaml._core.adapter import AbstractAdapter, InnerLoss, StepInfo
from hypermaml._core.trees import NonTrainable, global_norm, split_selected
from hypermaml.adapt.selection import whole_learner

TOLERANCE = (
    0.1  # of the residuals of the inner problem and of the linear system, in parts of those before the first step
)
LEAST = 0.1  # curvature along a step, in parts of λ, that its length is taken from


class ProximalState(eqx.Module):
    """The learner and where its task started, and what the conjugate directions need of the step before.

    Attributes:
        learner: the present one.
        anchor: where the task started.
        gradient: of the step before, `(n,)`; zeros before the first.
        direction: along which it went, alike.
        first: norm of the gradient before the first step; 0 before it is known.
    """

    learner: Any
    anchor: Any
    gradient: Float[Array, " n"]
    direction: Float[Array, " n"]
    first: Float[Array, ""]


class Proximal(AbstractAdapter):
    """Descent on L(θ') + λ/2 ‖θ' - θ‖² from θ on, L the loss of the support set.

    The steps are those of nonlinear conjugate gradients (Polak and Ribière), as long as the curvature along each
    direction says. There is no inner rate: training raises the curvature of the loss as far as λ allows, so that any
    fixed rate is too large for some tasks in the end.

    The outer gradient does not pass the steps. It takes the reached θ' for the minimum, where dθ'/dθ = (I + ∇²L(θ') /
    λ)⁻¹, and solves with that matrix by conjugate gradients: its memory does not grow with the number of steps.

    Both need a λ above the most negative curvature of the loss, and enough steps. Whether they have it is checked in
    each meta-iteration, see `connect`: a task is in doubt where the conjugate gradients meet a direction without
    positive curvature, or where the residual of the linear system or of the inner problem is above 10%. There the
    solver stops with what it has.

    Attributes:
        strength: λ, > 0.
        where: which nodes of the learner adapt; everything by default.
        iterations: of the conjugate gradients for the outer gradient, >= 1.

    Raises:
        ValueError: a value is out of its range.

    Reference:
        Rajeswaran et al. 2019, "Meta-learning with implicit gradients" (arXiv 1909.04630), lemma 1 and algorithm 2.
    """

    doubt: ClassVar[str] = (
        "the inner problem of the implicit gradient is not convex or was not solved, so that their gradient is wrong: "
        "a larger proximity, more inner_steps or more conjugate_gradient_iterations help"
    )
    strength: NonTrainable
    where: Callable[[Any], Any] = eqx.field(static=True)
    iterations: int = eqx.field(static=True)

    def __init__(self, strength: ArrayLike, *, where: Callable[[Any], Any] = whole_learner, iterations: int = 5):
        if iterations < 1 or not np.all(np.asarray(strength) > 0):
            raise ValueError(f"Proximal: strength is {strength} and iterations {iterations}, but both must be above 0")
        self.strength, self.where, self.iterations = NonTrainable(strength), where, iterations

    def init(self, learner: Any) -> ProximalState:
        zeros = jnp.zeros_like(ravel_pytree(split_selected(learner, self.where)[0])[0])
        return ProximalState(learner, learner, zeros, zeros, jnp.zeros((), zeros.dtype))

    def step(self, state: ProximalState, batch: Any, inner_loss: InnerLoss) -> tuple[ProximalState, StepInfo]:
        adapted, rest = split_selected(jax.lax.stop_gradient(state.learner), self.where)
        anchor = jax.lax.stop_gradient(split_selected(state.anchor, self.where)[0])
        slope = jax.value_and_grad(lambda a: inner_loss(eqx.combine(a, rest), batch))
        (loss, gradient), curved = jax.linearize(slope, adapted)
        (at, unflatten), strength = ravel_pytree(adapted), self.strength()
        gradient = ravel_pytree(gradient)[0] + strength * (at - ravel_pytree(anchor)[0])
        before, tiny = state.gradient @ state.gradient, jnp.finfo(gradient.dtype).tiny
        kept = jnp.maximum(gradient @ (gradient - state.gradient) / jnp.maximum(before, tiny), 0.0)
        direction = kept * state.direction - gradient
        direction = jnp.where(direction @ gradient < 0, direction, -gradient)
        square = direction @ direction
        curvature = direction @ ravel_pytree(curved(unflatten(direction))[1])[0] + strength * square
        # Where the loss curves down more than the proximal term holds, only the latter says how far to go.
        curvature = jnp.where(curvature > LEAST * strength * square, curvature, strength * square)
        at = at - direction @ gradient / jnp.maximum(curvature, tiny) * direction
        learner = eqx.combine(unflatten(at), rest)
        norm = global_norm(gradient)
        first = jnp.where(before == 0, norm, state.first)
        return ProximalState(learner, state.anchor, gradient, direction, first), StepInfo(loss, norm)

    def learner(self, state: ProximalState) -> Any:
        return state.learner

    def connect(
        self, start: ProximalState, reached: ProximalState, batch: Any, inner_loss: InnerLoss, doubt: Float[Array, ""]
    ) -> ProximalState:
        minimum, rest = split_selected(jax.lax.stop_gradient(reached.learner), self.where)
        anchor, kept = split_selected(start.learner, self.where)
        slope = jax.grad(lambda a: inner_loss(eqx.combine(a, rest), batch))
        gradient, curved = jax.linearize(slope, minimum)
        pull = jax.tree.map(lambda m, a: self.strength() * (m - jax.lax.stop_gradient(a)), minimum, anchor)
        missed = global_norm(jax.tree.map(jnp.add, gradient, pull)) > TOLERANCE * reached.first
        tied = _tied(self.iterations, anchor, doubt, minimum, curved, self.strength(), missed)
        return ProximalState(
            eqx.combine(tied, kept), reached.anchor, reached.gradient, reached.direction, reached.first
        )


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _tied(
    iterations: int, anchor: Any, doubt: Array, minimum: Any, curved: Any, strength: Array, missed: Bool[Array, ""]
) -> Any:
    """Return the minimum, with the derivative by the anchor that the implicit function theorem gives.

    Args:
        iterations: of the conjugate gradients.
        anchor: where the task started.
        doubt: 0; its derivative is 1 where the minimum was missed or the solution is not one, and else 0.
        minimum: where the steps ended.
        curved: the product with the Hessian of the inner loss there.
        strength: λ.
        missed: whether the steps ended too far from the minimum.
    """
    return minimum


def _tied_forward(iterations: int, anchor: Any, doubt: Array, minimum: Any, *rest: Any) -> tuple[Any, Any]:
    return minimum, rest


def _tied_backward(iterations: int, kept: Any, cotangent: Any) -> tuple[Any, ...]:
    curved, strength, missed = kept
    target, unflatten = ravel_pytree(cotangent)

    def product(vector: Array) -> Array:
        return vector + ravel_pytree(curved(unflatten(vector)))[0] / strength

    solution, sound = conjugate_gradients(product, target, iterations)
    doubtful = missed | ~sound
    return unflatten(solution), doubtful.astype(target.dtype), None, None, None, None


_tied.defvjp(_tied_forward, _tied_backward)


def conjugate_gradients(
    product: Callable[[Array], Array], target: Float[Array, " n"], iterations: int
) -> tuple[Float[Array, " n"], Bool[Array, ""]]:
    """Solve A x = target, with one product an iteration; stop where A turns out not to be positive definite.

    Args:
        product: with A, which is symmetric.
        target: the right side.
        iterations: how many.

    Returns:
        The last iterate, `target` where the first direction has no positive curvature; and whether every direction had
        one and the residual is within the tolerance.
    """
    size = target @ target
    rounding = (10 * jnp.finfo(target.dtype).eps) ** 2 * size

    def step(_: int, carry: tuple[Array, ...]) -> tuple[Array, ...]:
        x, residual, direction, square, positive = carry
        image = product(direction)
        curvature, left = direction @ image, square > rounding
        positive = positive & (~left | (curvature > 0))
        goes_on = left & positive
        rate = jnp.where(goes_on, square / jnp.where(goes_on, curvature, 1.0), 0.0)
        x, residual = x + rate * direction, residual - rate * image
        following = residual @ residual
        direction = residual + following / jnp.where(left, square, 1.0) * direction
        return x, residual, jnp.where(goes_on, direction, carry[2]), following, positive

    begin = (jnp.zeros_like(target), target, target, size, jnp.asarray(True))
    x, _, _, square, positive = jax.lax.fori_loop(0, iterations, step, begin)
    return jnp.where(jnp.any(x), x, target), positive & (square <= TOLERANCE**2 * size)
