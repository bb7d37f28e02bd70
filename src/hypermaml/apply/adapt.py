"""Adaptation to tasks of the user."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from hypermaml._core.collect import adapt_tasks, learners_of, with_exploration
from hypermaml._core.family import AbstractFamily
from hypermaml._core.mapping import map_tasks
from hypermaml._core.method import Method
from hypermaml._core.task_info import TaskInfo


class UserTask(NamedTuple):
    """What is given of a task of the user.

    Attributes:
        info: what is known before the first step; with the support set, where there is one.
        task: of the family, where it is on-policy; `None` for none.
    """

    info: TaskInfo
    task: Any = None


class Adapted(NamedTuple):
    """The model of a task.

    Attributes:
        learner: after the last inner step.
        losses: on the support set, before the first and after the last step; of a family that is on-policy, or without
            a support set, none.
    """

    learner: Any
    losses: tuple[float, ...]


def adapted(
    method: Method, family: AbstractFamily, given: Sequence[UserTask], *, steps: int, key: PRNGKeyArray
) -> list[Adapted]:
    """Adapt to tasks, those of one shape together.

    No result depends on the other tasks beyond rounding: support sets of different sizes are not padded.

    Args:
        method: meta-trained.
        family: gives the inner loss, and the trajectories where it is on-policy.
        given: the tasks.
        steps: inner steps, at least 0; of a task without data none is taken.
        key: for trajectories; each task of the list draws its own.
    """
    groups: dict[Any, list[int]] = {}
    for index, each in enumerate(given):
        leaves, structure = jax.tree.flatten(each)
        groups.setdefault((structure, *(jnp.shape(leaf) for leaf in leaves)), []).append(index)
    found: dict[int, Adapted] = {}
    run = _adapted if family.on_host else _compiled
    for members in groups.values():
        # NumPy takes apart and joins: JAX would compile for each number of tasks.
        stacked = jax.tree.map(
            lambda *leaves: jnp.asarray(np.stack([np.asarray(leaf) for leaf in leaves])),
            *(given[index] for index in members),
        )
        learners, losses = run(method, family, stacked, steps, key)
        arrays, rest = eqx.partition(learners, eqx.is_array)
        arrays, losses = jax.device_get((arrays, losses))
        for place, index in enumerate(members):
            own = jax.tree.map(lambda leaf, place=place: jnp.asarray(leaf[place]), arrays)
            found[index] = Adapted(eqx.combine(own, rest), tuple(float(loss[place]) for loss in losses))
    return [found[index] for index in range(len(given))]


def _adapted(method: Method, family: AbstractFamily, given: UserTask, steps: int, key: PRNGKeyArray) -> Any:
    info, (explore_key, support_key) = given.info, jax.random.split(key)
    steps = 0 if info.support is None and given.task is None else steps
    if given.task is not None:
        info = with_exploration(method, family, given.task, info, key=explore_key)
    start, last, _, _ = adapt_tasks(method, family, given.task, info, steps=steps, key=support_key)
    if info.support is None:
        return learners_of(method, last), []
    learners = [learners_of(method, state) for state in ((start, last) if steps else (start,))]
    return learners[-1], [map_tasks(family.outer_loss, family, learner, info.support) for learner in learners]


_compiled = eqx.filter_jit(_adapted)
