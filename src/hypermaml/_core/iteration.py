"""A meta-iteration in its two stages: collect the data of some tasks, then the outer loss, pure in φ and data."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from hypermaml._core.adapter import Info, inner_loop
from hypermaml._core.family import AbstractFamily, in_turn, keys_for, map_tasks, one_at_a_time
from hypermaml._core.method import Method
from hypermaml._core.objective import Objective
from hypermaml._core.task_info import TaskInfo
from hypermaml._core.trees import split_trainable


class Data(eqx.Module):
    """All that was drawn for the tasks of a meta-iteration; the first axis of each leaf is the task.

    Attributes:
        task_info: what the embedder saw; holds the support set where a task has one for all inner steps.
        support: else the batches of the inner steps, stacked along the second axis; `None` without any.
        query: for each counted step a batch, drawn with the learner after that step; where data do not depend on the
            learner, one and the same.
    """

    task_info: TaskInfo
    support: Any
    query: tuple[Any, ...]


class Metrics(eqx.Module):
    """What a meta-iteration tells.

    Attributes:
        loss: the outer loss, a mean over tasks.
        finite: for each task and step 0..N-1 whether inner loss and gradient were finite; last, whether the outer
            loss was, and what the outer update made of it.
    """

    loss: Float[Array, "..."]
    finite: Bool[Array, "*iteration task step"]


def visited(start: Any, last: Any, path: Any, steps: int, index: int) -> Any:
    """The state after `index` of `steps` inner steps."""
    if index == 0:
        return start
    return last if index == steps else jax.tree.map(lambda leaf: leaf[index - 1], path)


def support_batches(family: AbstractFamily, steps: int) -> int:
    """Support batches that a task draws for `steps` inner steps."""
    return steps if family.on_policy else min(steps, 1)


def query_size(objective: Objective, family: AbstractFamily, *, support_read: bool = False) -> int:
    """Examples or trajectories of a query: the family's, and what the budget holds beyond the support.

    Args:
        objective: the inner steps and the budget.
        family: the sizes.
        support_read: whether the embedder uses the support set, whatever the number of inner steps.
    """
    used = support_batches(family, max(objective.steps, support_read))
    return family.queries + (support_batches(family, objective.budget) - used) * family.shots


def environment_steps(objective: Objective, family: AbstractFamily, meta_batch: int, *, explores: int = 0) -> int:
    """Environment steps that one meta-iteration costs; 0 where there is no environment.

    Args:
        objective: the inner steps and the budget.
        family: the sizes.
        meta_batch: tasks.
        explores: trajectories of each task before its first inner step; they come on top of the budget.
    """
    support = support_batches(family, objective.steps) * family.environment_steps(family.shots)
    query = len(objective.counted) * family.environment_steps(query_size(objective, family))
    return meta_batch * (support + query + family.environment_steps(explores))


# Between two rollouts on a host each of these is one compiled call; within a compiled iteration they are part of it.
@eqx.filter_jit
def start_tasks(method: Method, task_info: TaskInfo) -> Any:
    """The states of stacked tasks before the first step."""
    return jax.vmap(method.start)(task_info)


@eqx.filter_jit
def step_tasks(method: Method, family: AbstractFamily, states: Any, batches: Any) -> tuple[Any, Info]:
    """An inner step on each of stacked tasks."""

    def step_of_task(state: Any, batch: Any) -> tuple[Any, Info]:
        return method.adapt.step(state, batch, family.inner_loss)

    return map_tasks(step_of_task, family, states, batches)


@eqx.filter_jit
def learners_of(method: Method, states: Any) -> Any:
    """The learners that the states of stacked tasks hold."""
    return jax.vmap(method.adapt.learner)(states)


def examples_of(family: AbstractFamily, tasks: Any, *, support: int, query: int, key: PRNGKeyArray) -> tuple[Any, Any]:
    """Support and query sets of stacked tasks whose data do not depend on the learner; no example is in both.

    Args:
        family: draws both at once.
        tasks: stacked.
        support: examples of a support set; 0 for none.
        query: examples of a query set.
        key: for the examples.

    Returns:
        Support sets, `None` for none, and query sets.
    """
    drawn = family.batches(None, tasks, size=support + query, key=key)
    sets = jax.tree.map(lambda leaf: leaf[:, :support], drawn) if support else None
    return sets, jax.tree.map(lambda leaf: leaf[:, support:], drawn)


def with_support(task_info: TaskInfo, support: Any) -> TaskInfo:
    """The task_info with these support sets."""
    return replace(task_info, support=support)


@eqx.filter_jit
def explorers_of(method: Method, task_info: TaskInfo) -> Any:
    """The learners that explore stacked tasks, of what is known of these before."""
    return jax.vmap(lambda task_info: method.init(method.embed.blank(task_info)))(task_info)


def with_exploration(
    method: Method, family: AbstractFamily, tasks: Any, task_info: TaskInfo, *, key: PRNGKeyArray
) -> TaskInfo:
    """The task_info with the trajectories that the embedder asks for, drawn before the first inner step.

    Args:
        method: whose learners for blank embeddings draw them.
        family: draws.
        tasks: stacked.
        task_info: of these tasks.
        key: for the trajectories.
    """
    if not method.embed.explores:
        return task_info
    explorers = explorers_of(method, task_info)
    return replace(task_info, explored=family.batches(explorers, tasks, size=method.embed.explores, key=key))


def adapt_tasks(
    method: Method, family: AbstractFamily, tasks: Any, task_info: TaskInfo, *, steps: int, key: PRNGKeyArray
) -> tuple[Any, Any, Any, Any]:
    """Adapts to stacked tasks on support that is drawn as the learners change.

    Args:
        method: adapts.
        family: draws.
        tasks: stacked.
        task_info: holds the support sets of a family that is not on-policy.
        steps: how many.
        key: for the support of an on-policy family.

    Returns:
        The states before the first and after the last step; the states after each step and the support batches that
        were drawn, both with the step as the first axis and the task as the second, `None` without any.
    """

    def source(index: Any, states: Any) -> Any:
        if not family.on_policy:
            return None
        batch_key = jax.random.fold_in(key, index)
        return family.supports(learners_of(method, states), tasks, size=family.shots, key=batch_key)

    def step(states: Any, batches: Any) -> tuple[Any, Info]:
        return step_tasks(method, family, states, batches if family.on_policy else task_info.support)

    start = start_tasks(method, task_info)
    last, (path, support, _) = inner_loop(step, start, source, steps, on_host=family.on_host)
    return start, last, path, support


def collect(method: Method, objective: Objective, family: AbstractFamily, tasks: Any, *, key: PRNGKeyArray) -> Data:
    """Runs the inner loop forward on stacked tasks, without a meta-gradient, and freezes everything random.

    Args:
        method: decides where learners start and how they adapt.
        objective: the number of inner steps, and which learners need query data.
        family: draws the batches.
        tasks: stacked.
        key: for everything random here.
    """
    evidence_key, support_key, query_key = jax.random.split(key, 3)
    read = method.embed.reads_support
    size = query_size(objective, family, support_read=read)
    task_info = family.task_infos(tasks, key=evidence_key)
    query: tuple[Any, ...] = ()
    if not family.on_policy:
        shots = family.shots if read or objective.steps else 0
        support, examples = examples_of(family, tasks, support=shots, query=size, key=support_key)
        # One query set for all learners, as there is one support set for all steps.
        task_info, query = with_support(task_info, support), (examples,) * len(objective.counted)
    if method.embed.draws:
        keys = keys_for(tasks, jax.random.fold_in(evidence_key, 1))
        task_info = replace(task_info, key=keys)
    task_info = with_exploration(method, family, tasks, task_info, key=jax.random.fold_in(evidence_key, 2))
    start, last, path, support = adapt_tasks(method, family, tasks, task_info, steps=objective.steps, key=support_key)

    def query_of(index: int) -> Any:
        learners = learners_of(method, visited(start, last, path, objective.steps, index))
        return family.batches(learners, tasks, size=size, key=jax.random.fold_in(query_key, index))

    if family.on_policy:
        query = tuple(query_of(index) for index in objective.counted)
    support = jax.tree.map(lambda leaf: jnp.moveaxis(leaf, 0, 1), support)
    return jax.lax.stop_gradient(Data(task_info, support, query))


def adapted(
    method: Method, state: Any, objective: Objective, family: AbstractFamily, data: Data
) -> tuple[tuple[Any, ...], Info]:
    """The learners of one task after each counted step, adapted on replayed support, and the infos of the inner steps.

    Through them the outer gradient passes as the adapter says.

    Args:
        method: adapts.
        state: before the first step.
        objective: which steps count.
        family: gives the inner loss.
        data: of one task.
    """

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
            reached = method.adapt.connect(state, reached, replay(index - 1, reached), family.inner_loss)
        return method.adapt.learner(reached)

    return tuple(learner_after(index) for index in objective.counted), info


def task_loss(
    method: Method, state: Any, objective: Objective, family: AbstractFamily, data: Data
) -> tuple[Float[Array, ""], Bool[Array, " step"]]:
    """The outer loss of one task that starts from `state`, and what of it was finite."""
    learners, info = adapted(method, state, objective, family, data)
    losses = zip(objective.counted, learners, data.query, strict=True)
    loss = jnp.zeros(())
    for step, learner, query in losses:
        loss += objective.weights[step] * family.outer_loss(learner, query)
    if method.penalty is not None:
        loss += method.penalty(method.adapt.learner(state), learners[-1])
    return loss, task_finite(loss, info)


def task_finite(loss: Float[Array, ""], info: Info) -> Bool[Array, " step"]:
    """What of one task is finite: loss and gradient of each inner step, then the outer loss."""
    finite = jnp.isfinite(loss)[None]
    if info is not None:
        finite = jnp.append(jnp.isfinite(info.loss) & jnp.isfinite(info.gradient_norm), finite)
    return jax.lax.stop_gradient(finite)


def over_tasks(of_task: Callable[[Any, Data], Any], method: Method, family: AbstractFamily, data: Data) -> Any:
    """`of_task(state, data)` of each task, from its start state; the outputs stacked."""
    if one_at_a_time(family):
        return map_tasks(of_task, family, jax.vmap(method.start)(data.task_info), data)
    # Inside the vmap a start that is the same for every task stays one, and is not copied for each.
    return jax.vmap(lambda data: of_task(method.start(data.task_info), data))(data)


def meta_loss(
    method: Method, objective: Objective, family: AbstractFamily, data: Data
) -> tuple[Float[Array, ""], Metrics]:
    """The outer loss on collected data: the mean over tasks of the weighted query losses.

    Args:
        method: whose φ it depends on.
        objective: the weights.
        family: gives the losses.
        data: from `collect`.
    """

    def of_task(state: Any, data: Data) -> tuple[Float[Array, ""], Bool[Array, " step"]]:
        return task_loss(method, state, objective, family, data)

    losses, finite = over_tasks(of_task, method, family, data)
    loss = jnp.mean(losses)
    return loss, Metrics(loss, finite)


def meta_gradient(method: Method, objective: Objective, family: AbstractFamily, data: Data) -> tuple[Method, Metrics]:
    """The gradient of `meta_loss` in φ, of the structure of φ.

    Where tasks are taken one at a time, each one's gradient is finished before the next begins, so that nothing of it
    is kept beyond the cache: first in the start state and in the adapter, then from all start states at once through
    the initializer and the embedder.
    """
    phi, rest = split_trainable(method)

    def loss(phi: Method) -> tuple[Float[Array, ""], Metrics]:
        return meta_loss(eqx.combine(phi, rest), objective, family, data)

    if not one_at_a_time(family):
        return jax.grad(loss, has_aux=True)(phi)

    def starts(phi: Method) -> tuple[Any, Any]:
        return eqx.partition(jax.vmap(eqx.combine(phi, rest).start)(data.task_info), eqx.is_inexact_array)

    adapt, rest_of_adapt = split_trainable(method.adapt)

    def of_task(moving: Any, fixed: Any, data: Data) -> tuple[Any, tuple[Float[Array, ""], Bool[Array, " step"]]]:
        def loss(adapt: Any, moving: Any) -> tuple[Float[Array, ""], tuple[Float[Array, ""], Bool[Array, " step"]]]:
            candidate = eqx.tree_at(lambda m: m.adapt, method, eqx.combine(adapt, rest_of_adapt))
            value, finite = task_loss(candidate, eqx.combine(moving, fixed), objective, family, data)
            return value, (value, finite)

        return jax.grad(loss, argnums=(0, 1), has_aux=True)(adapt, moving)

    moving, pull, fixed = jax.vjp(starts, phi, has_aux=True)
    gradients, (losses, finite) = in_turn(of_task, moving, fixed, data)
    in_adapt, in_states = jax.tree.map(lambda leaf: leaf / len(losses), gradients)
    (gradient,) = pull(in_states)
    total = jax.tree.map(lambda through_start, direct: through_start + direct.sum(0), gradient.adapt, in_adapt)
    return eqx.tree_at(lambda g: g.adapt, gradient, total), Metrics(jnp.mean(losses), finite)
