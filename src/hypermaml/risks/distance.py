"""How far tasks lie beyond the region of training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from hypermaml._compare.training_run import TrainingRun
from hypermaml._core.family import Split

POOL = 30  # tasks drawn for each that is kept
REGION_TASKS = 2_000


def beyond(
    parameters: Float[np.ndarray, "task parameter"], region: Float[np.ndarray, "trained parameter"]
) -> Float[np.ndarray, " task"]:
    """Of each task, how far the parameter that lies farthest out is beyond the range of training, as a share of it.

    Args:
        parameters: of the tasks.
        region: of tasks of meta-training, whose least and greatest values are the range.
    """
    low, high = region.min(axis=0), region.max(axis=0)
    outside = np.maximum(np.maximum(low - parameters, parameters - high), 0.0)
    return np.max(outside / np.where(high > low, high - low, 1.0), axis=1)


def edges_of(distances: Float[np.ndarray, " task"], bins: int) -> Float[np.ndarray, " edge"]:
    """The edges of bins of equal width, from 0 to the farthest task."""
    return np.linspace(0.0, distances.max(), bins + 1)


def by_distance(distances: Float[np.ndarray, " task"], bins: int, count: int) -> list[np.ndarray]:
    """For each bin, from the nearest on, the first `count` tasks in it.

    Raises:
        ValueError: a bin has fewer.
    """
    edges = edges_of(distances, bins)
    places = np.clip(np.searchsorted(edges, distances, side="left") - 1, 0, bins - 1)
    chosen = [np.flatnonzero((places == place) & (distances > 0))[:count] for place in range(bins)]
    fewest = min(map(len, chosen))
    if fewest < count:
        raise ValueError(
            f"bins is {bins}, but one of so many has {fewest} of {POOL * bins * count} tasks beyond the training "
            f"region where test_tasks asks for {count}: take fewer bins"
        )
    return chosen


def tasks_by_distance(training_run: TrainingRun, *, bins: int) -> list[Any]:
    """Tasks beyond the region of training for each bin of distance, the nearest first."""
    pool, distances = pool_of(training_run, bins)
    return [
        jax.tree.map(lambda leaf, chosen=chosen: leaf[chosen], pool)
        for chosen in by_distance(distances, bins, training_run.budget.test_tasks)
    ]


def pool_of(training_run: TrainingRun, bins: int) -> tuple[Any, Float[np.ndarray, " task"]]:
    """Tasks of the region that is held out, and how far each lies beyond that of training."""

    def drawn(count: int, split: Split) -> tuple[Any, np.ndarray]:
        tasks = replace(training_run, budget=replace(training_run.budget, test_tasks=count)).tasks(split)
        return tasks, np.asarray(training_run.family.task_infos(tasks, key=jax.random.key(0)).parameters)

    pool, parameters = drawn(POOL * bins * training_run.budget.test_tasks, "extrapolation")
    return pool, beyond(parameters, drawn(REGION_TASKS, "meta-train")[1])
