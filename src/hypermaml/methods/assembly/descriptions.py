"""Embedders of what is given of a task: numbers, curves, points, texts, or several of these."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
from jaxtyping import PRNGKeyArray

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.family import AbstractFamily
from hypermaml._core.task_info import Cloud, Curves, TaskInfo
from hypermaml.embed.combined import Joined
from hypermaml.embed.curve import CurveEncoder
from hypermaml.embed.shape import ShapeEncoder
from hypermaml.embed.simple import Uninformative
from hypermaml.embed.standardized import Standardized, given_descriptor, true_task
from hypermaml.embed.text import Projected
from hypermaml.methods.assembly.learners import DESCRIPTION, TASKS
from hypermaml.methods.settings import EmbedderSettings

DESCRIBED_TASKS = 2000
KINDS = {"curve": (Curves, "curves"), "shape": (Cloud, "a point cloud"), "text": (jax.Array, "one vector")}


@dataclass(frozen=True)
class Part:
    """One of several descriptors of a task."""

    index: int

    def __call__(self, task_info: TaskInfo) -> Any:
        """This descriptor."""
        return task_info.description[self.index]


def described_tasks(family: AbstractFamily, key: PRNGKeyArray) -> TaskInfo:
    """The task_info of many meta-training tasks, to standardize descriptors with."""
    task_key, info_key = jax.random.split(jax.random.fold_in(key, TASKS))
    tasks = family.sample(DESCRIBED_TASKS, split="meta-train", key=task_key)
    return family.task_infos(tasks, key=info_key)


def descriptor_embedder(
    settings: EmbedderSettings, family: AbstractFamily, key: PRNGKeyArray
) -> tuple[AbstractEmbedder, int]:
    """The embedder of the family's descriptors and the size of its embedding.

    Numbers are standardized, curves and points are encoded; several descriptors are embedded side by side.
    """
    task_info = described_tasks(family, key)
    if not isinstance(task_info.description, tuple):
        return _embedder_of(settings, given_descriptor, task_info, key)
    pairs = [
        _embedder_of(settings, Part(index), task_info, jax.random.fold_in(key, index))
        for index in range(len(task_info.description))
    ]
    return Joined(tuple(embed for embed, _ in pairs)), sum(size for _, size in pairs)


def encoded_descriptor(
    settings: EmbedderSettings, family: AbstractFamily, key: PRNGKeyArray
) -> tuple[AbstractEmbedder, int]:
    """The same, of the one kind of descriptor that the settings name; a text's vector is projected.

    Raises:
        ValueError: the family describes its tasks in another way.
    """
    task_info = described_tasks(family, key)
    kind, told = KINDS[settings.embedder]
    if not isinstance(task_info.description, kind):
        raise ValueError(
            f"embedder is {settings.embedder}, but {type(family).__name__} does not describe its tasks by {told}: "
            "descriptor takes what there is"
        )
    if settings.embedder != "text":
        return _embedder_of(settings, given_descriptor, task_info, key)
    inner = Standardized.fit(given_descriptor, task_info)
    size = settings.embedding_size
    return Projected(inner, size=size, key=jax.random.fold_in(key, DESCRIPTION)), size


def _embedder_of(
    settings: EmbedderSettings, part: Callable[[TaskInfo], Any], task_info: TaskInfo, key: PRNGKeyArray
) -> tuple[AbstractEmbedder, int]:
    seen, size = part(task_info), settings.embedding_size
    if isinstance(seen, Curves | Cloud):
        kind = CurveEncoder if isinstance(seen, Curves) else ShapeEncoder
        own = jax.random.fold_in(key, DESCRIPTION)
        return kind(part, task_info, width=settings.encoder_width, size=size, key=own), size
    return (Standardized.fit(part, task_info), seen.shape[-1]) if seen.shape[-1] else (Uninformative(1), 1)


def task_size(family: AbstractFamily) -> int:
    """The number of a task's true parameters, or 1 where it has none."""

    def task_info(key: PRNGKeyArray) -> TaskInfo:
        return family.task_infos(family.sample(1, split="meta-train", key=key), key=key)

    return max(jax.eval_shape(task_info, jax.random.key(0)).task.shape[-1], 1)


def oracle_embedder(family: AbstractFamily, key: PRNGKeyArray) -> tuple[AbstractEmbedder, int]:
    """The embedder of the true tasks and the size of its embedding."""
    task_info = described_tasks(family, key)
    return Standardized.fit(true_task, task_info), task_info.parameters.shape[-1]
