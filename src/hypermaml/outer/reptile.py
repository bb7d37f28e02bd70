"""Reptile's direction: from where the learners of the tasks arrived back to where they started."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from hypermaml._core.collect import Data
from hypermaml._core.family import AbstractFamily
from hypermaml._core.mapping import vmap_tasks
from hypermaml._core.meta_loss import Metrics, adapted, over_tasks, task_finite
from hypermaml._core.method import Method
from hypermaml._core.objective import Objective
from hypermaml._core.trees import split_trainable


def difference(method: Method, objective: Objective, family: AbstractFamily, data: Data) -> tuple[Method, Metrics]:
    """Return the mean of θ_i - θ_i' over tasks, drawn back through the initializer and the embedder to φ.

    A task's learner takes the inner steps on its support and one more on its query, so that all of its data are used.
    With the same θ for every task this is Reptile's direction; before a generator, its vector-Jacobian product.

    Args:
        method: starts and adapts the learners.
        objective: counts the last inner step alone.
        family: gives the losses.
        data: from `collect`.

    Returns:
        The replacement of the gradient of φ, and the outer loss after the steps on the support.

    Reference:
        Nichol et al. 2018, "On first-order meta-learning algorithms" (arXiv 1803.02999), algorithm 2.
    """
    phi, rest = split_trainable(method)

    def starts(phi: Method) -> Any:
        whole = eqx.combine(phi, rest)
        learners = vmap_tasks(lambda task_info: whole.adapt.learner(whole.start(task_info)))(data.task_info)
        return eqx.filter(learners, eqx.is_inexact_array)

    def of_task(state: Any, data: Data) -> tuple[Any, Float[Array, ""], Bool[Array, " step"]]:
        (learner,), info = adapted(method, state, objective, family, data)
        (query,) = data.query
        last, further = method.adapt.step(method.adapt.init(learner), query, family.inner_loss)
        loss = family.outer_loss(learner, query)
        arrived = eqx.filter(method.adapt.learner(last), eqx.is_inexact_array)
        return arrived, loss, task_finite(loss + further.gradient_norm, info)

    started, pull = jax.vjp(starts, phi)
    arrived, losses, finite = over_tasks(of_task, method, family, data)
    (gradient,) = pull(jax.tree.map(lambda start, end: (start - end) / len(losses), started, arrived))
    return gradient, Metrics(jnp.mean(losses), finite, losses=jnp.mean(losses)[None])
