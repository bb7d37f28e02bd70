"""The standard error of a mean over seeds and tasks, by which tasks the seeds share.

A score is taken for the sum of an effect of its seed, one of its task and a rest, all random: a claim is about other
seeds and other tasks. Seed s has the share w of its scores on task k. Then the variance of the mean over all scores is

    (variance of the seeds' means) / seeds  +  b × (variance of the tasks' effects),

where b is the mean over pairs of seeds of Σ w w' over tasks. Where no two seeds share a task, b is 0, and Student's t
over the seeds' means is left, with seeds - 1 degrees of freedom. Where every seed has the same K tasks, b is 1/K, and
the estimate is the balanced two-way analysis of variance. Lists of which each seed has a part lie between. The effects
of tasks are estimated from products of what two seeds have on a task beyond their means, which no effect of a seed and
no error enters. Degrees of freedom are Satterthwaite's.

References:
    Searle, Casella, McCulloch (1992), Variance Components, chapters 4 and 5. Satterthwaite (1946), Biometrics Bulletin
    2(6), 110-114.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

Values = Float[np.ndarray, "seeds tasks"]
Identity = Int[np.ndarray, "seeds tasks"]
Several = Float[np.ndarray, "*several"]


class StandardError(NamedTuple):
    """Standard errors of means, and their degrees of freedom; not a number where one score is all there is."""

    size: Several
    df: Several
    shared: int = 0  # tasks that more than one seed has


@dataclass(frozen=True)
class Design:
    """Which tasks the scores of each seed are of.

    Attributes:
        tasks: the identity of each task.
        order: of the scores, in seed order, such that those of one seed and task stand together.
        starts: where each such group begins.
        present: which task each seed has; true for each of the groups, in their order.
        weights: of each seed, the share of its scores on each task.
        shared: tasks that more than one seed has.
        overlap: b of this module's head.
        effective: to how many tasks that each pair of seeds shares equally the overlap corresponds.
        seeds: by how many seeds a shared task is seen, on average.
    """

    tasks: Int[np.ndarray, " task"]
    order: Int[np.ndarray, " score"]
    starts: Int[np.ndarray, " group"]
    present: np.ndarray
    weights: Float[np.ndarray, "seeds task"]
    shared: int
    overlap: float
    effective: float
    seeds: float

    def means(self, values: Float[np.ndarray, "*several seeds tasks"]) -> Float[np.ndarray, "*several seeds task"]:
        """Return the mean score of each seed on each task; 0 where it has none."""
        several = values.shape[:-2]
        sums = np.add.reduceat(values.reshape(*several, -1)[..., self.order], self.starts, axis=-1)
        found = np.zeros((*several, *self.weights.shape))
        found[..., self.present] = sums / (self.weights * values.shape[-1])[self.present]
        return found


def design(identity: Identity) -> Design:
    """Return which tasks the scores are of.

    Args:
        identity: of each score's task; equal numbers are the same task.
    """
    given = np.ascontiguousarray(identity)
    return _design(given.tobytes(), str(given.dtype), given.shape)


@lru_cache(maxsize=64)
def _design(content: bytes, kind: str, shape: tuple[int, int]) -> Design:
    seeds, tasks = shape
    known, numbers = np.unique(np.frombuffer(content, kind), return_inverse=True)
    places = np.repeat(np.arange(seeds), tasks) * len(known) + numbers.reshape(-1)
    counts = np.bincount(places, minlength=seeds * len(known)).reshape(seeds, len(known))
    weights, present, order = counts / tasks, counts > 0, np.argsort(places, kind="stable")
    by_task = weights.sum(axis=0) ** 2 - (weights**2).sum(axis=0)  # the sum of w w' over ordered pairs of seeds
    by_task[present.sum(axis=0) < 2] = 0.0  # not what is left of rounding
    total, pairs = by_task.sum(), max(seeds * (seeds - 1), 1)
    of_task = weights.sum(axis=0) ** 2 / (weights**2).sum(axis=0)
    return Design(
        known,
        order,
        np.unique(places[order], return_index=True)[1],
        present,
        weights,
        shared=int((by_task > 0).sum()),
        overlap=float(total / pairs),
        effective=float(total**2 / (by_task**2).sum()) if total > 0 else 0.0,
        seeds=float((by_task * of_task).sum() / total) if total > 0 else 0.0,
    )


def standard_error(
    values: Float[np.ndarray, "*several seeds tasks"], identity: Identity | None = None
) -> StandardError:
    """Return the standard error of the mean of scores, for several means at once.

    Args:
        values: finite.
        identity: of each score's task; by default no two scores are of the same task.

    Returns:
        With one seed that of its tasks, with tasks - 1 degrees of freedom.
    """
    seeds, known = values.shape[-2], None if identity is None else design(identity)
    if seeds == 1:
        return _of_tasks(values, known)
    between = values.mean(axis=-1).var(axis=-1, ddof=1)
    if known is None or not known.shared:
        return StandardError(np.sqrt(_untied(values, between) / seeds), np.full_like(between, seeds - 1))
    of_seeds = between / seeds
    of_tasks, rest = _of_shared(values, known)
    dfs = max(known.effective - 1, 1.0)
    both = of_seeds + of_tasks - rest
    parts = of_seeds**2 / (seeds - 1) + of_tasks**2 / dfs + rest**2 / (dfs * max(known.seeds - 1, 1.0))
    # Where one of the two effects is estimated below zero, it is left out.
    largest = np.maximum(np.maximum(both, of_seeds), of_tasks)
    satterthwaite = both**2 / np.where(parts > 0, parts, 1.0)
    df = np.where(largest == of_seeds, seeds - 1, np.where(largest == of_tasks, dfs, satterthwaite))
    return StandardError(np.sqrt(largest), df, known.shared)


def _untied(values: Float[np.ndarray, "*several seeds tasks"], between: Several) -> Several:
    """Return the variance of the seeds' means, where all of them are the same that which their tasks alone would give.

    Means of scores such as 0 and 1 are often the same by chance, which shows nothing. Where all scores are the same,
    none is left.
    """
    tasks = values.shape[-1]
    if tasks == 1:
        return between
    within = values.var(axis=-1, ddof=1).mean(axis=-1) / tasks
    return np.where(between <= 1e-20 * within, within, between)


def _of_tasks(values: Float[np.ndarray, "*several 1 tasks"], known: Design | None) -> StandardError:
    """Return the standard error of one seed's mean over its tasks; a task that it has twice counts as one."""
    tasks = values.shape[-1]
    weights, means = np.full(tasks, 1 / tasks), values[..., 0, :]
    if known is not None:
        weights, means = known.weights[0], known.means(values)[..., 0, :]
    squares = (weights**2).sum()
    if len(weights) == 1:
        return StandardError(*np.full((2, *values.shape[:-2]), np.nan))
    spread = (weights * (means - (means @ weights)[..., None]) ** 2).sum(axis=-1) / (1 - squares)
    return StandardError(np.sqrt(spread * squares), np.full_like(spread, 1 / squares - 1))


def _of_shared(values: Float[np.ndarray, "*several seeds tasks"], known: Design) -> tuple[Several, Several]:
    """Return what tasks and rest add to the variance of the mean where tasks are shared, and what the rest alone adds.

    In a balanced design these are the mean squares of tasks and of the rest, each divided by the number of scores.
    """
    weights = known.weights
    beyond = np.where(known.present, known.means(values) - values.mean(axis=-1)[..., None], 0.0)

    products = weights @ weights.T  # of two seeds: the sum of w w' over tasks
    cubes = (weights**2) @ weights.T
    expected = products - cubes - cubes.T + products**2  # how often the variance of tasks enters a product
    weighted = weights * beyond
    apart = ~np.eye(len(weights), dtype=bool)
    scale, pairs = expected[apart].sum(), weighted.sum(axis=-2) ** 2 - (weighted**2).sum(axis=-2)
    effects = pairs.sum(axis=-1) / scale if scale > 1e-12 else np.zeros(values.shape[:-2])

    within = 1 - (weights**2).sum(axis=-1)
    usable = within > 1e-12
    spread = (weights * beyond**2).sum(axis=-1)[..., usable] / within[usable]
    total = spread.mean(axis=-1) if usable.any() else np.zeros(values.shape[:-2])
    rest = known.overlap * np.maximum(total - effects, 0.0) / max(known.seeds, 1.0)
    return known.overlap * effects + rest, rest
