"""Measure how far tasks lie beyond the region of training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float

from hypermaml._compare.training_run import TrainingRun
from hypermaml._core.family import AbstractFamily

POOL = 30  # tasks drawn for each task that is kept
REGION_TASKS = 2_000


def held_out(family: AbstractFamily) -> str | None:
    """Name the first test split after meta-test, whose tasks lie beyond the region of training; `None` for none."""
    return family.test_splits[1] if len(family.test_splits) > 1 else None


def parameters_of(family: AbstractFamily) -> Float[np.ndarray, "task parameter"] | None:
    """Return the parameters of some tasks of meta-training; `None` where they are not vectors of numbers."""
    key = jax.random.key(0)
    found = family.task_infos(family.sample(2, split="meta-train", key=key), key=key).parameters
    return np.asarray(found) if eqx.is_inexact_array(found) and found.ndim == 2 and found.shape[1] else None


def beyond(
    parameters: Float[np.ndarray, "task parameter"], region: Float[np.ndarray, "trained parameter"]
) -> Float[np.ndarray, " task"]:
    """Return how far the most distant parameter of each task is beyond the range of training, as a share of the range.

    Args:
        parameters: of the tasks.
        region: of tasks of meta-training; the least and greatest values are the range.
    """
    low, high = region.min(axis=0), region.max(axis=0)
    outside = np.maximum(np.maximum(low - parameters, parameters - high), 0.0)
    return np.max(outside / np.where(high > low, high - low, 1.0), axis=1)


def edges_of(distances: Float[np.ndarray, " task"], bins: int) -> Float[np.ndarray, " edge"]:
    """Return the edges of bins of equal width, from 0 to the most distant task."""
    return np.linspace(0.0, distances.max(), bins + 1)


def by_distance(distances: Float[np.ndarray, " task"], bins: int, count: int) -> list[np.ndarray]:
    """Return the indices of the first `count` tasks of each bin, the nearest bin first.

    Raises:
        ValueError: a bin has fewer tasks.
    """
    edges = edges_of(distances, bins)
    numbers = np.clip(np.searchsorted(edges, distances, side="left") - 1, 0, bins - 1)
    chosen = [np.flatnonzero((numbers == number) & (distances > 0))[:count] for number in range(bins)]
    fewest = min(map(len, chosen))
    if fewest < count:
        raise ValueError(
            f"bins is {bins}, but one of so many has {fewest} of {POOL * bins * count} tasks beyond the training "
            f"region where test_tasks asks for {count}: take fewer bins"
        )
    return chosen


def tasks_by_distance(training_run: TrainingRun, *, bins: int) -> list[Any]:
    """Return tasks beyond the region of training for each bin of distance, the nearest bin first."""
    pool, distances = pool_of(training_run, bins)
    return [
        jax.tree.map(lambda leaf, chosen=chosen: leaf[chosen], pool)
        for chosen in by_distance(distances, bins, training_run.budget.test_tasks)
    ]


def pool_of(training_run: TrainingRun, bins: int) -> tuple[Any, Float[np.ndarray, " task"]]:
    """Return tasks of the region that is held out, and the distance of each from the region of training.

    Raises:
        ValueError: the family holds no region out.
    """
    split = held_out(training_run.family)
    if split is None:
        raise ValueError(f"{type(training_run.family).__name__} has no test split beyond the region of training")

    def drawn(count: int, split: str) -> tuple[Any, np.ndarray]:
        tasks = replace(training_run, budget=replace(training_run.budget, test_tasks=count)).tasks(split)
        return tasks, np.asarray(training_run.family.task_infos(tasks, key=jax.random.key(0)).parameters)

    pool, parameters = drawn(POOL * bins * training_run.budget.test_tasks, split)
    return pool, beyond(parameters, drawn(REGION_TASKS, "meta-train")[1])
