"""Embedders of what is given of a task: numbers, curves, points, texts, or several of these."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
from jaxtyping import PRNGKeyArray

from hypermaml._core.family import AbstractFamily
from hypermaml._core.task_info import Cloud, Curves, TaskInfo
from hypermaml.embed.combined import Joined
from hypermaml.embed.configuration import Described, Description, EncodedCurves, EncodedPoints, ProjectedText
from hypermaml.embed.curve import CurveEncoder
from hypermaml.embed.keys import DESCRIPTION, TASKS, Sized
from hypermaml.embed.shape import ShapeEncoder
from hypermaml.embed.simple import Uninformative
from hypermaml.embed.standardized import Standardized, given_descriptor, true_task
from hypermaml.embed.text import Projected

DESCRIBED_TASKS = 2000
KINDS = {EncodedCurves: (Curves, "curves"), EncodedPoints: (Cloud, "points"), ProjectedText: (jax.Array, "one vector")}


@dataclass(frozen=True)
class Part:
    """One of several descriptions of a task."""

    index: int

    def __call__(self, task_info: TaskInfo) -> Any:
        """Return this description."""
        return task_info.description[self.index]


def build(config: Described, family: AbstractFamily, *, key: PRNGKeyArray) -> Sized:
    """Return the embedder of the family's descriptions and the size of its embedding.

    Raises:
        ValueError: the configuration names a kind of description, and the family has another.
    """
    task_info = described_tasks(family, key)
    if isinstance(config, Description):
        return _whole(config, task_info, key)
    kind, told = KINDS[type(config)]
    if not isinstance(task_info.description, kind):
        raise ValueError(
            f"embedder is {type(config).__name__}, but {type(family).__name__} does not describe its tasks by {told}: "
            "Description takes what there is"
        )
    if isinstance(config, ProjectedText):
        inner = Standardized.fit(given_descriptor, task_info)
        return Projected(inner, size=config.size, key=jax.random.fold_in(key, DESCRIPTION)), config.size
    return _part(config, given_descriptor, task_info, key)


def _whole(config: Description, task_info: TaskInfo, key: PRNGKeyArray) -> Sized:
    if not isinstance(task_info.description, tuple):
        return _part(config, given_descriptor, task_info, key)
    pairs = [
        _part(config, Part(index), task_info, jax.random.fold_in(key, index))
        for index in range(len(task_info.description))
    ]
    return Joined(tuple(embed for embed, _ in pairs)), sum(size for _, size in pairs)


def _part(config: Any, part: Callable[[TaskInfo], Any], task_info: TaskInfo, key: PRNGKeyArray) -> Sized:
    seen = part(task_info)
    if isinstance(seen, Curves | Cloud):
        kind = CurveEncoder if isinstance(seen, Curves) else ShapeEncoder
        own = jax.random.fold_in(key, DESCRIPTION)
        return kind(part, task_info, width=config.width, size=config.size, key=own), config.size
    return (Standardized.fit(part, task_info), seen.shape[-1]) if seen.shape[-1] else (Uninformative(1), 1)


def described_tasks(family: AbstractFamily, key: PRNGKeyArray) -> TaskInfo:
    """Return what is known of many meta-training tasks, to standardize descriptions with."""
    task_key, info_key = jax.random.split(jax.random.fold_in(key, TASKS))
    tasks = family.sample(DESCRIBED_TASKS, split="meta-train", key=task_key)
    return family.task_infos(tasks, key=info_key)


def task_size(family: AbstractFamily) -> int:
    """Return the number of a task's true parameters, or 1 where it has none.

    Args:
        family: whose tasks they are.
    """

    def task_info(key: PRNGKeyArray) -> TaskInfo:
        return family.task_infos(family.sample(1, split="meta-train", key=key), key=key)

    return max(jax.eval_shape(task_info, jax.random.key(0)).parameters.shape[-1], 1)


def true_parameters(family: AbstractFamily, *, key: PRNGKeyArray) -> Sized:
    """Return the embedder of the true tasks and the size of its embedding: for the oracle alone.

    Args:
        family: whose tasks they are.
        key: for the tasks whose mean and deviation standardize the parameters.
    """
    task_info = described_tasks(family, key)
    return Standardized.fit(true_task, task_info), task_info.parameters.shape[-1]
