"""Evaluation, the same for every method: the scores after each inner step 0..N."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.collect import adapt_tasks, learners_of, with_exploration, with_support
from hypermaml._core.execution import Share, readable, replicated, varied
from hypermaml._core.family import AbstractFamily, AbstractPicture
from hypermaml._core.hosts import apart, from_all, here, taken
from hypermaml._core.mapping import count_of
from hypermaml._core.method import Method
from hypermaml._core.own_tasks import shapes_of


class Adaptation(eqx.Module):
    """What adaptation gives on stacked tasks.

    Attributes:
        scores: by metric, after each step 0..N, shape `(task, step)`.
        learners: before the first and after each step, stacked as the scores are.
        support: the batches that the steps used, shape `(task, N, ...)`; `(task, 1, ...)` where it is one for all.
        query: the query sets that the scores are of, shape `(task, ...)`; `None` where each learner has its own.
    """

    scores: dict[str, Float[Array, "task step"]]
    learners: Any
    support: Any
    query: Any = None


def other_descriptions(family: AbstractFamily, tasks: int) -> Int[np.ndarray, " task"] | None:
    """Return for each task the number of another one, for `described` of `evaluate`: each task is given once.

    Args:
        family: describes its tasks.
        tasks: how many there are.

    Returns:
        The numbers; `None` where tasks have no description, or there is no other task.
    """
    sizes = [leaf.size for leaf in jax.tree.leaves(shapes_of(family).description)]
    return np.roll(np.arange(tasks), 1) if tasks > 1 and any(sizes) else None


def test_data(family: AbstractFamily, tasks: Any, *, key: PRNGKeyArray) -> tuple[Any, Any]:
    """Return the support and query sets of stacked tasks that `evaluate` with this key adapts to and scores on.

    Both are `None` where the family is on-policy.
    """
    if family.on_policy:
        return None, None
    _, support_key, query_key = jax.random.split(key, 3)
    return family.test_sets(tasks, support_key=support_key, query_key=query_key)


def evaluate(
    method: Method,
    family: AbstractFamily,
    tasks: Any,
    *,
    steps: int,
    key: PRNGKeyArray,
    described: Int[np.ndarray, " task"] | None = None,
) -> Adaptation:
    """Adapt to each task, and score the learner before the first and after each inner step.

    The same key gives every method the same descriptors and, where data do not depend on the learner, the same data.

    Args:
        method: adapts.
        family: draws the support and scores.
        tasks: stacked.
        steps: inner steps N, at least 1.
        key: for task_info, support and scores.
        described: for each task, the number of the task whose description the method is given; its own by default.
    """
    # An array even by default, so that both cases are one compiled program.
    described = np.arange(count_of(tasks)) if described is None else described
    if not family.on_host:
        return _compiled(method, family, tasks, steps, key, jnp.asarray(described))
    method = here(method)  # before the block, in which a process is apart from the others
    with apart(count_of(tasks)) as share:
        adapted = _adaptation(method, family, tasks, steps, key, jnp.asarray(described), share)
    return from_all(adapted, share)


def _adaptation(
    method: Method,
    family: AbstractFamily,
    tasks: Any,
    steps: int,
    key: PRNGKeyArray,
    described: Int[Array, " task"],
    share: Share | None = None,
) -> Adaptation:
    """Return the adaptation to the tasks of a share, or to all; see `evaluate`."""
    info_key, support_key, score_key = jax.random.split(key, 3)
    with varied(share=None):  # a task of the share may be given the description of any other
        task_info = family.task_infos(tasks, key=info_key)
    given = jax.tree.map(lambda leaf: jnp.asarray(leaf)[described], task_info.description)
    task_info = taken(replace(task_info, description=given), share)
    tasks = taken(tasks, share)
    sets, query = test_data(family, tasks, key=key)
    if sets is not None:
        task_info = with_support(task_info, sets)
    task_info = with_exploration(method, family, tasks, task_info, key=jax.random.fold_in(info_key, 2))
    start, _, path, support = adapt_tasks(method, family, tasks, task_info, steps=steps, key=support_key)
    if support is None:
        support = jax.tree.map(lambda leaf: leaf[None], task_info.support)
    states = jax.tree.map(lambda first, later: jnp.concatenate([first[None], later]), start, path)
    learners = by_step(lambda state: learners_of(method, state), states, on_host=family.on_host)

    def scores_of(learner: Any) -> dict[str, Float[Array, " task"]]:
        asked = family.test_queries(learner, tasks, key=score_key) if family.on_policy else query
        return family.scores(learner, tasks, asked)

    scores = by_step(scores_of, learners, on_host=family.on_host)
    scores, learners, support = jax.tree.map(lambda leaf: jnp.swapaxes(leaf, 0, 1), (scores, learners, support))
    return readable(Adaptation(scores, learners, support, query))


@eqx.filter_jit
def _compiled(method: Method, *given: Any) -> Adaptation:
    return _adaptation(replicated(method), *given)


def by_step(of_step: Callable[[Any], Any], stacked: Any, *, on_host: bool) -> Any:
    """`of_step` of each entry along the first axis, one after another; the outputs stacked."""
    if not on_host:
        return jax.lax.map(of_step, stacked)
    # NumPy takes apart and joins without compiling for each shape.
    stacked = jax.tree.map(np.asarray, stacked)
    steps = range(len(jax.tree.leaves(stacked)[0]))
    outputs = [of_step(jax.tree.map(lambda leaf, step=step: jnp.asarray(leaf[step]), stacked)) for step in steps]
    return jax.tree.map(lambda *leaves: jnp.asarray(np.stack(leaves)), *outputs)


def portraits(
    family: AbstractFamily, picture: AbstractPicture, learners: Any, tasks: Any, query: Any, key: PRNGKeyArray
) -> Array:
    """Return what a picture shows of learners that are stacked over tasks and steps, in that order."""
    if not family.on_host:
        return _compiled_portraits(family, picture, learners, tasks, query, key)
    with varied(mesh=None):  # each process draws them all
        return _portraits(family, picture, learners, tasks, query, key)


def _portraits(
    family: AbstractFamily, picture: AbstractPicture, learners: Any, tasks: Any, query: Any, key: PRNGKeyArray
) -> Array:
    stacked = jax.tree.map(lambda leaf: jnp.swapaxes(leaf, 0, 1), learners)

    def of_step(learner: Any) -> Array:
        return picture.portraits(family, learner, tasks, query, key=key)

    return jnp.swapaxes(by_step(of_step, stacked, on_host=family.on_host), 0, 1)


@eqx.filter_jit
def _compiled_portraits(*given: Any) -> Array:
    return readable(_portraits(*given))
