"""The first stage of a meta-iteration: run the inner loop forward and freeze everything that is random."""

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from hypermaml._core.adapter import StepInfo, inner_loop
from hypermaml._core.budget import query_size
from hypermaml._core.family import AbstractFamily, keys_for
from hypermaml._core.mapping import map_tasks, vmap_tasks
from hypermaml._core.method import Method
from hypermaml._core.objective import Objective
from hypermaml._core.task_info import TaskInfo


class Data(eqx.Module):
    """All that was drawn for the tasks of a meta-iteration; the first axis of each leaf is the task.

    Attributes:
        task_info: what the embedder saw; holds the support set where a task has one for all inner steps.
        support: else the batches of the inner steps, stacked along the second axis; `None` without any.
        query: for each counted step a batch, drawn with the learner after that step: the support of the next step, and
            for the last one of its own. Where data do not depend on the learner, one and the same.
    """

    task_info: TaskInfo
    support: Any
    query: tuple[Any, ...]


def visited(start: Any, last: Any, path: Any, steps: int, index: int) -> Any:
    """The state after `index` of `steps` inner steps."""
    if index == 0:
        return start
    return last if index == steps else jax.tree.map(lambda leaf: leaf[index - 1], path)


# Between two rollouts on a host each of these is one compiled call; within a compiled iteration they are part of it.
@eqx.filter_jit
def start_tasks(method: Method, task_info: TaskInfo) -> Any:
    """The states of stacked tasks before the first step."""
    return vmap_tasks(method.start)(task_info)


@eqx.filter_jit
def step_tasks(method: Method, family: AbstractFamily, states: Any, batches: Any) -> tuple[Any, StepInfo]:
    """An inner step on each of stacked tasks."""

    def step_of_task(state: Any, batch: Any) -> tuple[Any, StepInfo]:
        return method.adapt.step(state, batch, family.inner_loss)

    return map_tasks(step_of_task, family, states, batches)


@eqx.filter_jit
def learners_of(method: Method, states: Any) -> Any:
    """The learners that the states of stacked tasks hold."""
    return vmap_tasks(method.adapt.learner)(states)


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
    return vmap_tasks(lambda task_info: method.init(method.embed.blank(task_info)))(task_info)


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


@eqx.filter_jit
def with_noise(method: Method, tasks: Any, task_info: TaskInfo, *, key: PRNGKeyArray) -> TaskInfo:
    """Return the task information with what the embedder draws in meta-training."""

    def draw(task_info: TaskInfo, key: PRNGKeyArray) -> Any:
        return method.embed.draw_noise(task_info, key=key)

    return replace(task_info, noise=vmap_tasks(draw)(task_info, keys_for(tasks, key)))


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

    def step(states: Any, batches: Any) -> tuple[Any, StepInfo]:
        return step_tasks(method, family, states, batches if family.on_policy else task_info.support)

    start = start_tasks(method, task_info)
    last, (path, support, _) = inner_loop(step, start, source, steps, on_host=family.on_host)
    return start, last, path, support


def collect(method: Method, objective: Objective, family: AbstractFamily, tasks: Any, *, key: PRNGKeyArray) -> Data:
    """Run the inner loop forward on stacked tasks, without a meta-gradient, and freeze everything random.

    Args:
        method: decides where learners start and how they adapt.
        objective: the number of inner steps, and which learners need query data.
        family: draws the batches.
        tasks: stacked.
        key: for everything random here.
    """
    info_key, support_key, query_key = jax.random.split(key, 3)
    read = method.embed.reads_support
    size = query_size(objective, family, support_read=read)
    task_info = family.task_infos(tasks, key=info_key)
    query: tuple[Any, ...] = ()
    if not family.on_policy:
        shots = family.shots if read or objective.steps else 0
        support, examples = examples_of(family, tasks, support=shots, query=size, key=support_key)
        # One query set for all learners, as there is one support set for all steps.
        task_info, query = with_support(task_info, support), (examples,) * len(objective.counted)
    task_info = with_exploration(method, family, tasks, task_info, key=jax.random.fold_in(info_key, 2))
    task_info = with_noise(method, tasks, task_info, key=jax.random.fold_in(info_key, 1))
    start, last, path, support = adapt_tasks(method, family, tasks, task_info, steps=objective.steps, key=support_key)

    def query_of(index: int) -> Any:
        if index < objective.steps and family.supports_are_queries:
            return jax.tree.map(lambda leaf: leaf[index], support)
        learners = learners_of(method, visited(start, last, path, objective.steps, index))
        return family.batches(learners, tasks, size=size, key=jax.random.fold_in(query_key, index))

    if family.on_policy:
        query = tuple(query_of(index) for index in objective.counted)
    support = jax.tree.map(lambda leaf: jnp.moveaxis(leaf, 0, 1), support)
    return jax.lax.stop_gradient(Data(task_info, support, query))
