"""Trust-region policy optimization of the outer loss."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from hypermaml.family import AbstractFamily
from hypermaml.iteration import Data, Metrics, adapted, meta_gradient, meta_loss
from hypermaml.method import Method
from hypermaml.objective import Objective
from hypermaml.outer.outer import AbstractOuter
from hypermaml.rl.family import AbstractReinforcementFamily
from hypermaml.rl.policy import Gaussian
from hypermaml.trees import split_trainable


class TRPO(AbstractOuter):
    r"""The largest step against the outer loss that moves the adapted policies by at most `max_divergence`.

    With $\pi_{\theta'(\phi)}$ the adapted policies, the step solves $\min_s g^\top s$ with
    $\tfrac12 s^\top A s \le \delta$, where $A = \sum_i J_i^\top F_i J_i$ is the Hessian at the present φ of the mean
    KL from the present adapted policies to the new ones: its gradient vanishes there, so that only the Fisher matrices $F_i$
    of the adapted policies and $J_i = \partial\theta_i'/\partial\phi$ are left. The product with $J$ is a jvp,
    that with its transpose a vjp, both of one linearization that runs through the inner loop and the generator. A line
    search on the true loss and the true KL then shortens the step.

    Attributes:
        max_divergence: δ, mean KL of the adapted policies, in nats per step.
        conjugate_gradient_iterations: for the solution of A s = -g.
        damping: added to A's diagonal.
        backtrack: factor between two tries of the line search.
        tries: of the line search; where none lowers the loss within the bound, φ stays.
        stride: curvature from every `stride`-th time step of support and query; 1 for all.

    Reference:
        Schulman et al. 2015 (arXiv 1502.05477); Finn et al. 2017 (arXiv 1703.03400), appendix A.
    """

    max_divergence: float = eqx.field(static=True, default=0.01)
    conjugate_gradient_iterations: int = eqx.field(static=True, default=10)
    damping: float = eqx.field(static=True, default=1e-5)
    backtrack: float = eqx.field(static=True, default=0.8)
    tries: int = eqx.field(static=True, default=15)
    stride: int = eqx.field(static=True, default=1)

    def init(self, method: Method) -> None:
        return None

    def update(
        self, state: None, method: Method, objective: Objective, family: AbstractFamily, data: Data
    ) -> tuple[None, Method, Metrics]:
        """One step of TRPO.

        Raises:
            ValueError: the family has no policies.
        """
        if not isinstance(family, AbstractReinforcementFamily):
            raise ValueError(f"TRPO bounds the change of policies and {type(family).__name__} has none: use Adam")
        phi, rest = split_trainable(method)
        flat, unflatten = ravel_pytree(phi)

        gradient, metrics = meta_gradient(method, objective, family, data)
        gradient = ravel_pytree(gradient)[0]

        def method_at(flat: Array) -> Method:
            return eqx.combine(unflatten(flat), rest)

        def predictions(flat: Array, data: Data) -> tuple[Gaussian, ...]:
            method = method_at(flat)

            def of_task(data: Data) -> tuple[Gaussian, ...]:
                learners, _ = adapted(method, method.start(data.evidence), objective, family, data)
                pairs = zip(learners, data.query, strict=True)
                return tuple(family.distribution(learner, query) for learner, query in pairs)

            return jax.vmap(of_task)(data)

        support = None if data.support is None else family.thinned(data.support, self.stride)
        thin = Data(data.evidence, support, tuple(family.thinned(query, self.stride) for query in data.query))
        present, jvp = jax.linearize(lambda flat: predictions(flat, thin), flat)
        vjp = jax.linear_transpose(jvp, flat)
        samples = sum(gaussian.mean[..., 0].size for gaussian in present)

        def curvature(vector: Array) -> Array:
            tangents = jvp(vector)
            (product,) = vjp(tuple(p.fisher(t) for p, t in zip(present, tangents, strict=True)))
            return product / samples + self.damping * vector

        direction, _ = jax.scipy.sparse.linalg.cg(
            curvature, -gradient, tol=0.0, maxiter=self.conjugate_gradient_iterations
        )
        square = direction @ curvature(direction)
        full = jnp.sqrt(2 * self.max_divergence / jnp.maximum(square, 1e-12)) * direction

        def judge(flat: Array) -> tuple[Float[Array, ""], Float[Array, ""]]:
            candidate = method_at(flat)
            loss, _ = meta_loss(candidate, objective, family, data)
            return loss, self.divergence(candidate, objective, family, data)

        def rejected(carry: tuple[Array, Array]) -> Array:
            attempt, accepted = carry
            return ~accepted & (attempt < self.tries)

        def attempt(carry: tuple[Array, Array]) -> tuple[Array, Array]:
            attempt, _ = carry
            value, divergence = judge(flat + self.backtrack**attempt * full)
            accepted = (value < metrics.loss) & (divergence <= self.max_divergence)
            return jnp.where(accepted, attempt, attempt + 1), accepted

        exponent, accepted = jax.lax.while_loop(rejected, attempt, (jnp.asarray(0), jnp.asarray(False)))
        flat = jnp.where(accepted, flat + self.backtrack**exponent * full, flat)
        return None, method_at(flat), metrics

    @staticmethod
    def divergence(
        method: Method, objective: Objective, family: AbstractReinforcementFamily, data: Data
    ) -> Float[Array, ""]:
        """Mean KL, over tasks, from the policies that drew the queries to the adapted ones, in nats per step."""

        def of_task(data: Data) -> Any:
            learners, _ = adapted(method, method.start(data.evidence), objective, family, data)
            pairs = zip(learners, data.query, strict=True)
            return sum(family.divergence(learner, query) for learner, query in pairs) / len(learners)

        return jnp.mean(jax.vmap(of_task)(data))
