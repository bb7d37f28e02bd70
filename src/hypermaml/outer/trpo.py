"""Trust-region policy optimization of the outer loss."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from hypermaml._core.collect import Data
from hypermaml._core.family import AbstractFamily
from hypermaml._core.mapping import map_tasks, vmap_tasks
from hypermaml._core.meta_loss import Metrics, adapted, meta_gradient, over_tasks
from hypermaml._core.method import Method
from hypermaml._core.objective import Objective
from hypermaml._core.outer import AbstractOuter
from hypermaml._core.reinforcement import AbstractReinforcementFamily
from hypermaml._core.task_info import TaskInfo
from hypermaml._core.trees import split_trainable
from hypermaml.outer.configuration import TRPO
from hypermaml.rl.categorical import Behaviour


class TrustRegion(AbstractOuter):
    """The largest step against the outer loss that moves the adapted policies by at most `max_divergence`.

    The step s has the least gᵀs with sᵀA s / 2 ≤ δ. Here g is the outer gradient, and A = Σ_i J_iᵀ F_i J_i is the
    Hessian at the present φ of the mean KL from the present adapted policies to the new ones: its gradient vanishes
    there, so that only the Fisher matrices F_i of the adapted policies and J_i = ∂θ_i'/∂φ are left. The product with J
    is a jvp, that with its transpose a vjp, both of one linearization that runs through the inner loop and the
    generator. A line search on the true loss and the true KL then shortens the step.

    Attributes:
        max_divergence: δ, mean KL of the adapted policies, in nats per step, > 0.
        conjugate_gradient_iterations: for the solution of A s = -g, >= 1.
        damping: added to A's diagonal, >= 0.
        backtrack: factor between two tries of the line search, in (0, 1).
        tries: of the line search, >= 1; where none lowers the loss within the bound, φ stays.
        stride: curvature from every `stride`-th time step of support and query, >= 1; 1 for all.

    Raises:
        ValueError: a value is out of its range.

    Reference:
        Schulman et al. 2015 (arXiv 1502.05477); Finn et al. 2017 (arXiv 1703.03400), appendix A.
    """

    max_divergence: float = eqx.field(static=True, default=0.01)
    conjugate_gradient_iterations: int = eqx.field(static=True, default=10)
    damping: float = eqx.field(static=True, default=1e-5)
    backtrack: float = eqx.field(static=True, default=0.8)
    tries: int = eqx.field(static=True, default=15)
    stride: int = eqx.field(static=True, default=1)

    def __check_init__(self):
        for name, fits in {
            "max_divergence": self.max_divergence > 0,
            "conjugate_gradient_iterations": self.conjugate_gradient_iterations >= 1,
            "damping": self.damping >= 0,
            "backtrack": 0 < self.backtrack < 1,
            "tries": self.tries >= 1,
            "stride": self.stride >= 1,
        }.items():
            if not fits:
                raise ValueError(f"TRPO: {name} is {getattr(self, name)}, which is out of its range")

    def init(self, method: Method) -> None:
        return None

    def handing_over(self, state: None, method: Method) -> Method:
        return method

    def update(
        self, state: None, method: Method, objective: Objective, family: AbstractFamily, data: Data
    ) -> tuple[None, Method, Metrics]:
        """Take one step of TRPO.

        Raises:
            ValueError: the family has no policies.
        """
        if not isinstance(family, AbstractReinforcementFamily):
            raise ValueError(f"TRPO bounds the change of policies and {type(family).__name__} has none: use Adam")
        gradient, metrics = meta_gradient(method, objective, family, data)
        product = curvature(method, objective, family, data, stride=self.stride)
        phi, rest = split_trainable(method)
        _, unflatten = ravel_pytree(phi)

        def damped(vector: Array) -> Array:
            return ravel_pytree(product(unflatten(vector)))[0] + self.damping * vector

        gradient = ravel_pytree(gradient)[0]
        direction = conjugate_gradient(damped, -gradient, self.conjugate_gradient_iterations)
        # The line search would answer what is not finite with no step at all, for ever.
        sound = metrics.finite[:, -1] & jnp.isfinite(gradient).all() & jnp.isfinite(direction).all()
        metrics = Metrics(metrics.loss, metrics.finite.at[:, -1].set(sound), metrics.doubtful)
        # A s = -g up to the residual of the last iteration, so that s·As takes no further product with A.
        square = jnp.maximum(-direction @ gradient, 1e-12)
        step = unflatten(jnp.sqrt(2 * self.max_divergence / square) * direction)

        def moved(exponent: Array) -> Method:
            scale = self.backtrack**exponent
            return eqx.combine(jax.tree.map(lambda leaf, change: leaf + scale * change, phi, step), rest)

        def rejected(carry: tuple[Array, Array]) -> Array:
            exponent, accepted = carry
            return ~accepted & (exponent < self.tries)

        def attempt(carry: tuple[Array, Array]) -> tuple[Array, Array]:
            exponent, _ = carry
            loss, divergence = judge(moved(exponent), objective, family, data)
            accepted = (loss < metrics.loss) & (divergence <= self.max_divergence)
            return jnp.where(accepted, exponent, exponent + 1), accepted

        exponent, accepted = jax.lax.while_loop(rejected, attempt, (jnp.asarray(0), jnp.asarray(False)))
        method = jax.tree.map(lambda new, old: jnp.where(accepted, new, old), moved(exponent), method)
        return None, method, metrics


def conjugate_gradient(
    product: Callable[[Array], Array], target: Float[Array, " n"], iterations: int
) -> Float[Array, " n"]:
    """Return the iterate towards the solution of A x = target, from zero, with one product a step.

    Args:
        product: with A, which is symmetric and positive definite.
        target: the right side.
        iterations: how many.
    """

    def step(_: int, carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        x, residual, direction = carry
        image = product(direction)
        square, tiny = residual @ residual, jnp.finfo(residual.dtype).tiny
        rate = square / jnp.maximum(direction @ image, tiny)
        left = residual - rate * image
        return x + rate * direction, left, left + (left @ left) / jnp.maximum(square, tiny) * direction

    return jax.lax.fori_loop(0, iterations, step, (jnp.zeros_like(target), target, target))[0]


def curvature(
    method: Method, objective: Objective, family: AbstractReinforcementFamily, data: Data, *, stride: int
) -> Callable[[Method], Method]:
    """Return the product with the Hessian, in φ, of the mean KL from the present adapted policies, at the present φ.

    Args:
        method: whose φ is present.
        objective: which learners count.
        family: gives the policies' distributions.
        data: from `collect`, on-policy.
        stride: from every `stride`-th time step of support and query.

    Returns:
        A linear function on trees of the structure of φ.
    """
    phi, rest = split_trainable(method)
    support = None if data.support is None else family.thinned(data.support, stride)
    thin = Data(data.task_info, support, tuple(family.thinned(query, stride) for query in data.query))

    def starts(phi: Method) -> tuple[Any, Any]:
        method = eqx.combine(phi, rest)

        def of_task(task_info: TaskInfo) -> tuple[Any, Any]:
            state, fixed = eqx.partition(method.start(task_info), eqx.is_inexact_array)
            return (state, split_trainable(method.adapt)[0]), fixed

        return vmap_tasks(of_task)(thin.task_info)

    def linearized(start: Any, fixed: Any, data: Data) -> tuple[tuple[Behaviour, ...], Callable]:
        def policies(start: Any) -> tuple[Behaviour, ...]:
            state, adapt = start
            candidate = eqx.tree_at(lambda m: m.adapt, method, eqx.combine(adapt, split_trainable(method.adapt)[1]))
            learners, _ = adapted(candidate, eqx.combine(state, fixed), objective, family, data)
            pairs = zip(learners, data.query, strict=True)
            return tuple(family.distribution(learner, query) for learner, query in pairs)

        return jax.linearize(policies, start)

    present, push, fixed = jax.linearize(starts, phi, has_aux=True)
    pull = jax.linear_transpose(push, phi)
    policies, linear = map_tasks(linearized, family, present, fixed, thin)
    weights = [
        query.mask[..., None] / jnp.maximum(query.mask.sum((1, 2)), 1)[:, None, None, None] for query in thin.query
    ]
    scale = len(thin.query) * len(weights[0])

    def of_task(linear: Callable, policies: tuple[Behaviour, ...], weights: list[Array], tangent: Any) -> Any:
        cotangents = tuple(
            jax.tree.map(lambda leaf, weight=weight: leaf * weight / scale, policy.fisher(t))
            for policy, t, weight in zip(policies, linear(tangent), weights, strict=True)
        )
        return jax.linear_transpose(linear, tangent)(cotangents)[0]

    def product(tangent: Method) -> Method:
        return pull(map_tasks(of_task, family, linear, policies, weights, push(tangent)))[0]

    return product


def judge(
    method: Method, objective: Objective, family: AbstractReinforcementFamily, data: Data
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return the outer loss and the mean KL, in nats per step, from the policies of the queries to the adapted ones."""

    def of_task(state: Any, data: Data) -> tuple[Float[Array, ""], Float[Array, ""]]:
        learners, _ = adapted(method, state, objective, family, data)
        queries = list(zip(objective.counted, learners, data.query, strict=True))
        loss = sum(objective.weights[step] * family.outer_loss(learner, query) for step, learner, query in queries)
        divergence = sum(family.divergence(learner, query) for _, learner, query in queries) / len(queries)
        return jnp.asarray(loss), jnp.asarray(divergence)

    losses, divergences = over_tasks(of_task, method, family, data)
    return jnp.mean(losses), jnp.mean(divergences)


def build(config: TRPO, rate: float) -> TrustRegion:
    """Return TRPO, which finds the length of its step by itself, whatever the rate is."""
    return TrustRegion(
        max_divergence=config.max_divergence,
        conjugate_gradient_iterations=config.conjugate_gradient_iterations,
        stride=config.curvature_stride,
    )
