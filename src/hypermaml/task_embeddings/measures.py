"""Measure whether distances between tasks agree with hidden groups and with generated weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from hypermaml._misc.intervals import half_width

Z = 1.96


@dataclass(frozen=True)
class Neighbors:
    """The share of tasks whose nearest other task is of the same group.

    Attributes:
        share: of the tasks.
        low: lower end of the 95% interval (Wilson's), with tasks as independent.
        high: upper end of the interval.
        chance: the share if any other task were the nearest with equal probability.
        tasks: number of tasks.
        groups: number of groups.
    """

    share: float
    low: float
    high: float
    chance: float
    tasks: int
    groups: int


def wilson(share: float, count: int) -> tuple[float, float]:
    """Return the 95% interval of a share of `count` independent cases.

    Reference:
        Wilson 1927 (doi 10.1080/01621459.1927.10502953).
    """
    spread = Z * math.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2))
    middle, size = share + Z**2 / (2 * count), 1 + Z**2 / count
    return (middle - spread) / size, (middle + spread) / size


def neighbors(distances: Float[np.ndarray, "task task"], groups: Int[np.ndarray, " task"]) -> Neighbors:
    """Compute the share of tasks whose nearest other task is of their group.

    Args:
        distances: of each pair; the diagonal is not read.
        groups: of each task.
    """
    count = len(groups)
    nearest = np.argmin(np.where(np.eye(count, dtype=bool), np.inf, distances), axis=1)
    share = float(np.mean(groups[nearest] == groups))
    same = np.sum(groups[:, None] == groups, axis=1) - 1
    chance = float(np.mean(same / (count - 1)))
    low, high = wilson(share, count)
    return Neighbors(share, low, high, chance, count, len(np.unique(groups)))


@dataclass(frozen=True)
class Correlation:
    """A rank correlation of two distances over all pairs of tasks, with its 95% interval.

    Attributes:
        value: Spearman's.
        low: lower end of the interval.
        high: upper end of the interval.
    """

    value: float
    low: float
    high: float


def rank_correlation(one: Float[np.ndarray, "task task"], other: Float[np.ndarray, "task task"]) -> Correlation | None:
    """Compute Spearman's correlation over the pairs of tasks.

    The interval leaves out one task after another, not one pair: pairs that share a task are not independent. It is
    Student's over the jackknife's pseudo-values.

    Args:
        one: distances.
        other: distances of the same tasks.

    Returns:
        `None` where one of the distances is the same for all pairs, also without some task.

    Reference:
        Arvesen 1969 (doi 10.1214/aoms/1177697287).
    """
    count = len(one)

    def at(chosen: Int[np.ndarray, " task"]) -> float:
        first, second = np.triu_indices(len(chosen), 1)
        pairs = chosen[first], chosen[second]
        x, y = (ranks(matrix[pairs]) for matrix in (one, other))
        return float(np.corrcoef(x, y)[0, 1]) if len(x) and x.std() > 0 and y.std() > 0 else math.nan

    value, tasks = at(np.arange(count)), np.arange(count)
    without = np.array([at(np.delete(tasks, task)) for task in tasks])
    half = float(half_width(count * value - (count - 1) * without))
    if not math.isfinite(half):
        return None
    return Correlation(value, max(value - half, -1.0), min(value + half, 1.0))


def ranks(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Return the rank of each value, from 0 on; equal values share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts + 1) / 2)[inverse]


def euclidean(rows: Float[np.ndarray, "task entry"]) -> Float[np.ndarray, "task task"]:
    """Return the distance of each pair of rows."""
    square = np.sum(rows**2, axis=1)
    return np.sqrt(np.maximum(square[:, None] + square - 2 * rows @ rows.T, 0.0))


def principal(rows: Float[np.ndarray, "task entry"]) -> tuple[Float[np.ndarray, "task 2"], Float[np.ndarray, "2"]]:
    """Return the first two principal components of the rows, and the share of the variance of each."""
    centered = rows - rows.mean(axis=0)
    u, s, _ = np.linalg.svd(centered, full_matrices=False)
    u, s = (np.pad(part, [(0, 0)] * (part.ndim - 1) + [(0, max(2 - len(s), 0))]) for part in (u, s))
    return u[:, :2] * s[:2], s[:2] ** 2 / max(float(np.sum(s**2)), 1e-30)


def scaled(distances: Float[np.ndarray, "task task"]) -> tuple[Float[np.ndarray, "task 2"], Float[np.ndarray, "2"]]:
    """Return points whose distances approximate the given ones (classical scaling), and the share of each axis.

    Reference:
        Torgerson 1952 (doi 10.1007/BF02288916).
    """
    center = np.eye(len(distances)) - 1 / len(distances)
    values, vectors = np.linalg.eigh(-0.5 * center @ distances**2 @ center)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    return vectors[:, :2] * np.sqrt(values[:2]), values[:2] / max(float(values.sum()), 1e-30)


def clustered_order(distances: Float[np.ndarray, "task task"]) -> list[int]:
    """Order tasks so that near tasks are neighbors: the leaves of average linkage, from left to right."""
    clusters = [[index] for index in range(len(distances))]
    between = np.where(np.eye(len(distances), dtype=bool), np.inf, distances.astype(float))
    while len(clusters) > 1:
        i, j = sorted(np.unravel_index(np.argmin(between), between.shape))
        one, other = len(clusters[i]), len(clusters[j])
        joined = (one * between[i] + other * between[j]) / (one + other)
        between[i], between[:, i], between[i, i] = joined, joined, np.inf
        between = np.delete(np.delete(between, j, axis=0), j, axis=1)
        clusters[i] += clusters.pop(j)
    return clusters[0]
