"""Proximal policy optimization of the outer loss."""

from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from hypermaml._core.collect import Data
from hypermaml._core.family import AbstractFamily
from hypermaml._core.mapping import in_chunks, vmap_tasks
from hypermaml._core.meta_loss import Metrics, task_loss
from hypermaml._core.method import Method
from hypermaml._core.objective import Objective
from hypermaml._core.outer import AbstractOuter
from hypermaml._core.reinforcement import AbstractReinforcementFamily, Experience
from hypermaml._core.trees import NonTrainable, split_trainable
from hypermaml.outer.adam import transform_of
from hypermaml.outer.configuration import PPO, Adam
from hypermaml.outer.trpo import judge
from hypermaml.rl.estimators import clipped_ratio_loss

Credit = Callable[[AbstractReinforcementFamily, Data], Data]


def as_drawn(family: AbstractReinforcementFamily, data: Data) -> Data:
    """Return the data with the advantages that the family has given them.

    Args:
        family: of the data.
        data: from `collect`.
    """
    return data


class ProximalPolicy(AbstractOuter):
    """Several steps of gradient descent on the data of one meta-iteration, with a bound on the ratios of probabilities.

    All tasks are taken at once. Each step replays the inner loop.

    Attributes:
        transform: gradient to update, with the sign of optax's optimizers.
        rate: multiplies the update.
        epochs: steps on the same data, >= 1.
        ratio_clip: a ratio beyond 1 ± this has no gradient that drives it further, > 0.
        max_divergence: once the adapted policies have moved further from those that drew the data, no further step is
            taken: mean KL in nats per time step, > 0.
        credit: the data with the advantages that the loss reads; as the family has given them by default.

    Reference:
        Schulman et al. 2017 (arXiv 1707.06347), equation 7. The bound on the divergence is common practice.
    """

    transform: optax.GradientTransformation = eqx.field(static=True)
    rate: NonTrainable
    epochs: int = eqx.field(static=True)
    ratio_clip: float = eqx.field(static=True)
    max_divergence: float = eqx.field(static=True)
    credit: Credit = eqx.field(static=True, default=as_drawn)

    def init(self, method: Method) -> Any:
        phi: Any = split_trainable(method)[0]
        return self.transform.init(phi)

    def handing_over(self, state: Any, method: Method) -> Method:
        return method

    def update(
        self, state: Any, method: Method, objective: Objective, family: AbstractFamily, data: Data
    ) -> tuple[Any, Method, Metrics]:
        """Take the steps.

        Raises:
            ValueError: the family has no policies.
        """
        if not isinstance(family, AbstractReinforcementFamily):
            raise ValueError(f"PPO compares policies and {type(family).__name__} has none: use Adam")
        data = self.credit(family, data)
        phi, rest = split_trainable(method)

        def loss(phi: Any) -> tuple[Float[Array, ""], Metrics]:
            return self.loss(eqx.combine(phi, rest), objective, family, data)

        def epoch(carry: tuple[Any, Any, Array], _: None) -> tuple[tuple[Any, Any, Array], Metrics]:
            phi, state, near = carry
            gradient, metrics = jax.grad(loss, has_aux=True)(phi)
            updates, after = self.transform.update(gradient, state, phi)
            moved = jax.tree.map(lambda leaf, update: leaf + self.rate() * update, phi, updates)
            phi, state = jax.tree.map(partial(jnp.where, near), (moved, after), (phi, state))
            divergence = judge(eqx.combine(phi, rest), objective, family, data)[1]
            return (phi, state, near & ~(divergence > self.max_divergence)), metrics

        (phi, state, _), metrics = jax.lax.scan(epoch, (phi, state, jnp.asarray(True)), None, length=self.epochs)
        first = jax.tree.map(lambda leaf: leaf[0], metrics)
        sound = jnp.all(metrics.finite, axis=0)
        return state, eqx.combine(phi, rest), Metrics(first.loss, sound, losses=first.losses)

    def loss(
        self, method: Method, objective: Objective, family: AbstractReinforcementFamily, data: Data
    ) -> tuple[Float[Array, ""], Metrics]:
        """Return the bounded outer loss, a mean over tasks, and what was measured.

        Args:
            method: whose φ it depends on.
            objective: the weights of the inner steps.
            family: gives the policies' distributions.
            data: from `collect`, with the advantages to be used.
        """

        def clipped(learner: Any, query: Experience) -> Float[Array, ""]:
            log_prob = family.distribution(learner, query).log_prob(query.actions)
            return clipped_ratio_loss(log_prob, query.log_prob, query.advantages, query.mask, clip=self.ratio_clip)

        def of_task(data: Data) -> tuple[Float[Array, ""], Any]:
            state = method.start(data.task_info)
            return task_loss(method, state, objective, family, data, outer_loss=clipped)

        values, (finite, losses) = in_chunks(vmap_tasks(of_task), data)
        loss = jnp.mean(values)
        return loss, Metrics(loss, finite, losses=jnp.mean(losses, axis=0))


def build(config: PPO, rate: float, **how: Any) -> ProximalPolicy:
    """Return PPO with Adam; `how` is passed on to `ProximalPolicy`."""
    transform = transform_of(Adam(clip=config.clip))
    return ProximalPolicy(transform, NonTrainable(rate), config.epochs, config.ratio_clip, config.max_divergence, **how)
