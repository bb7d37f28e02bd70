"""The second stage of a meta-iteration: the outer loss, pure in φ and the collected data."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from hypermaml._core.adapter import StepInfo, inner_loop
from hypermaml._core.collect import Data, visited
from hypermaml._core.family import AbstractFamily
from hypermaml._core.mapping import (
    at_once,
    count_of,
    in_chunks,
    in_turn,
    joined,
    map_tasks,
    one_at_a_time,
    parted,
    vmap_tasks,
    weights_of,
)
from hypermaml._core.method import Method
from hypermaml._core.objective import Objective
from hypermaml._core.trees import split_trainable


class Metrics(eqx.Module):
    """What a meta-iteration tells.

    Attributes:
        loss: the outer loss, a mean over tasks.
        finite: for each task and step 0..N-1 whether inner loss and gradient were finite; last, whether the outer
            loss was, and what the outer update made of it.
        doubtful: for each task whether the adapter has found its outer gradient not to be trusted; `None` where none
            was asked for.
        losses: after each counted step, means over tasks; `None` where the outer update does not tell.
    """

    loss: Float[Array, "..."]
    finite: Bool[Array, "*iteration task step"]
    doubtful: Bool[Array, "*iteration task"] | None = None
    losses: Float[Array, "*iteration counted"] | None = None


Told = tuple[Bool[Array, " step"], Float[Array, " counted"]]


def adapted(
    method: Method,
    state: Any,
    objective: Objective,
    family: AbstractFamily,
    data: Data,
    doubt: Float[Array, ""] | float = 0.0,
) -> tuple[tuple[Any, ...], StepInfo]:
    """The learners of one task after each counted step, adapted on replayed support, and the infos of the inner steps.

    Through them the outer gradient passes as the adapter says.

    Args:
        method: adapts.
        state: before the first step.
        objective: which steps count.
        family: gives the inner loss.
        data: of one task.
        doubt: 0, as `AbstractAdapter.connect` takes it.
    """
    doubt = jnp.asarray(doubt, float)

    def replay(index: Any, state: Any) -> Any:
        if data.support is None:
            return data.task_info.support
        return jax.tree.map(lambda leaf: leaf[index], data.support)

    last, (path, _, info) = inner_loop(
        lambda state, batch: method.adapt.step(state, batch, family.inner_loss), state, replay, objective.steps
    )

    def learner_after(index: int) -> Any:
        reached = visited(state, last, path, objective.steps, index)
        if index:
            batch = replay(index - 1, reached)
            reached = method.adapt.connect(state, reached, batch, family.inner_loss, doubt)
        return method.adapt.learner(reached)

    return tuple(learner_after(index) for index in objective.counted), info


def task_loss(
    method: Method,
    state: Any,
    objective: Objective,
    family: AbstractFamily,
    data: Data,
    doubt: Float[Array, ""] | float = 0.0,
    *,
    outer_loss: Callable[[Any, Any], Float[Array, ""]] | None = None,
) -> tuple[Float[Array, ""], Told]:
    """The outer loss of one task that starts from `state`, what of it was finite, and its query losses.

    An outer update may have a loss of its own in place of the family's `outer_loss`.
    """
    outer_loss = family.outer_loss if outer_loss is None else outer_loss
    learners, info = adapted(method, state, objective, family, data, doubt)
    losses = [outer_loss(learner, query) for learner, query in zip(learners, data.query, strict=True)]
    weights = [objective.weights[step] for step in objective.counted]
    loss = sum((weight * loss for weight, loss in zip(weights, losses, strict=True)), start=jnp.zeros(()))
    if method.penalty is not None:
        loss += method.penalty(method.adapt.learner(state), learners[-1])
    return loss, (task_finite(loss, info), jax.lax.stop_gradient(jnp.stack(losses)))


def task_finite(loss: Float[Array, ""], info: StepInfo) -> Bool[Array, " step"]:
    """What of one task is finite: loss and gradient of each inner step, then the outer loss."""
    finite = jnp.isfinite(loss)[None]
    if info is not None:
        finite = jnp.append(jnp.isfinite(info.loss) & jnp.isfinite(info.gradient_norm), finite)
    return jax.lax.stop_gradient(finite)


def over_tasks(of_task: Callable[..., Any], method: Method, family: AbstractFamily, data: Data, *more: Any) -> Any:
    """`of_task(state, data, *more)` of each task, from its start state; the outputs stacked."""
    if one_at_a_time(family):
        return map_tasks(of_task, family, vmap_tasks(method.start)(data.task_info), data, *more)
    # Inside the vmap a start that is the same for every task stays one, and is not copied for each.
    of_tasks = vmap_tasks(lambda data, *more: of_task(method.start(data.task_info), data, *more))
    return in_chunks(of_tasks, data, *more)


def meta_loss(
    method: Method,
    objective: Objective,
    family: AbstractFamily,
    data: Data,
    doubts: Float[Array, " task"] | None = None,
) -> tuple[Float[Array, ""], Metrics]:
    """Return the outer loss on collected data: the mean over tasks of the weighted query losses.

    Args:
        method: whose φ it depends on.
        objective: the weights.
        family: gives the losses.
        data: from `collect`.
        doubts: zeros, as `AbstractAdapter.connect` takes one of each task; none by default.
    """

    def of_task(state: Any, data: Data, *doubt: Any) -> tuple[Float[Array, ""], Told]:
        return task_loss(method, state, objective, family, data, *doubt)

    of_tasks, (finite, losses) = over_tasks(of_task, method, family, data, *(() if doubts is None else (doubts,)))
    loss = jnp.mean(of_tasks)
    return loss, Metrics(loss, finite, losses=jnp.mean(losses, axis=0))


def meta_gradient(method: Method, objective: Objective, family: AbstractFamily, data: Data) -> tuple[Method, Metrics]:
    """Return the gradient of `meta_loss` in φ, of the structure of φ.

    Where tasks are taken one at a time, each one's gradient is finished before the next begins, so that nothing of it
    is kept beyond the cache: first in the start state and in the adapter, then from all start states at once through
    the initializer and the embedder. Where no more than some tasks may be taken at once, the gradient of each chunk of
    tasks is finished before the next begins.

    Args:
        method: whose φ, the first part of `split_trainable`, is differentiated.
        objective: the weights of the inner steps.
        family: gives the losses.
        data: from `collect`.

    Returns:
        The gradient, and the loss with what else was measured.
    """
    phi, rest = split_trainable(method)
    count, most = count_of(data), at_once()
    doubts = jnp.zeros(count)
    if not one_at_a_time(family) and most is not None and count > most:
        return _accumulated(method, objective, family, data, most)

    def loss(phi: Method, doubts: Array) -> tuple[Float[Array, ""], Metrics]:
        return meta_loss(eqx.combine(phi, rest), objective, family, data, doubts)

    if not one_at_a_time(family):
        (gradient, doubts), metrics = jax.grad(loss, argnums=(0, 1), has_aux=True)(phi, doubts)
        return gradient, Metrics(metrics.loss, metrics.finite, doubts > 0, metrics.losses)

    def starts(phi: Method) -> tuple[Any, Any]:
        return eqx.partition(vmap_tasks(eqx.combine(phi, rest).start)(data.task_info), eqx.is_inexact_array)

    adapt, rest_of_adapt = split_trainable(method.adapt)

    def of_task(moving: Any, fixed: Any, data: Data, doubt: Array) -> tuple[Any, tuple[Float[Array, ""], Told]]:
        def loss(adapt: Any, moving: Any, doubt: Array) -> tuple[Float[Array, ""], tuple[Float[Array, ""], Told]]:
            candidate = eqx.tree_at(lambda m: m.adapt, method, eqx.combine(adapt, rest_of_adapt))
            value, told = task_loss(candidate, eqx.combine(moving, fixed), objective, family, data, doubt)
            return value, (value, told)

        return jax.grad(loss, argnums=(0, 1, 2), has_aux=True)(adapt, moving, doubt)

    moving, pull, fixed = jax.vjp(starts, phi, has_aux=True)
    (*gradients, doubts), (of_tasks, (finite, losses)) = in_turn(of_task, moving, fixed, data, doubts)
    in_adapt, in_states = jax.tree.map(lambda leaf: leaf / len(of_tasks), tuple(gradients))
    (gradient,) = pull(in_states)
    total = jax.tree.map(lambda through_start, direct: through_start + direct.sum(0), gradient.adapt, in_adapt)
    metrics = Metrics(jnp.mean(of_tasks), finite, doubts > 0, jnp.mean(losses, axis=0))
    return eqx.tree_at(lambda g: g.adapt, gradient, total), metrics


def _accumulated(
    method: Method, objective: Objective, family: AbstractFamily, data: Data, most: int
) -> tuple[Method, Metrics]:
    """Return `meta_gradient` as the sum over chunks of at most `most` tasks."""
    phi, rest = split_trainable(method)
    count = count_of(data)

    def add(total: Method, chunk: tuple[Data, Array]) -> tuple[Method, Any]:
        data, weights = chunk

        def loss(phi: Method, doubts: Array) -> tuple[Float[Array, ""], tuple[Array, Told]]:
            method = eqx.combine(phi, rest)

            def of_task(state: Any, data: Data, doubt: Array) -> tuple[Float[Array, ""], Told]:
                return task_loss(method, state, objective, family, data, doubt)

            of_tasks, told = over_tasks(of_task, method, family, data, doubts)
            return jnp.vdot(weights, of_tasks), (of_tasks, told)

        (gradient, doubts), told = jax.grad(loss, argnums=(0, 1), has_aux=True)(phi, jnp.zeros(len(weights)))
        return jax.tree.map(jnp.add, total, gradient), (doubts, *told)

    chunks = parted(data, most), weights_of(count, most)
    gradient, parts = jax.lax.scan(add, jax.tree.map(jnp.zeros_like, phi), chunks)
    doubts, of_tasks, (finite, losses) = joined(parts, count)
    return gradient, Metrics(jnp.mean(of_tasks), finite, doubts > 0, jnp.mean(losses, axis=0))
