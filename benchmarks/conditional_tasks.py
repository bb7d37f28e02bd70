"""The synthetic tasks of conditional meta-learning (Denevi, Pontil and Ciliberto 2020, arXiv 2008.10857).

A task is a linear regression in 20 dimensions with 20 examples, half of them test. Its weights are a Gaussian of
deviation 1 around a center. What the paper's text and published scripts do not settle is in `DIRECTIONS`: see
`docs/published.md`.

- `one-cluster`: the center is 4 in each entry. The mean input of a task tells nothing.
- `two-clusters-0`: the centers are 4 and -4 in each entry; the inputs of a cluster are around 1 and -1.
- `two-clusters-4`: the same with the centers 8 and 0.
- `circle`: the center is on a circle of radius 8 in the first two entries, at the angle 2πs; s is known.

The noise of the outputs has the same deviation within a task as the outputs without noise.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

DIMENSION, EXAMPLES, SHOTS = 20, 20, 10
SPLITS = {"meta-train": 300, "meta-validation": 100, "meta-test": 80}
_ENDS = np.cumsum([0, *SPLITS.values()])
PARTS = {name: slice(*_ENDS[index : index + 2]) for index, name in enumerate(SPLITS)}
CENTERS = {"one-cluster": (4.0, 4.0), "two-clusters-0": (4.0, -4.0), "two-clusters-4": (8.0, 0.0)}
SETTINGS = (*CENTERS, "circle")
RADIUS = 8.0
DIRECTIONS = {**dict.fromkeys(CENTERS, "gaussian"), "circle": "unit"}
"""Whether an input differs from its center by a Gaussian vector or by one of length 1."""


@dataclass(frozen=True)
class LinearTasks:
    """Tasks of linear regression, 300 for training, then 100 for validation, then 80 for tests.

    Attributes:
        x: inputs; the first half of a task is its support.
        y: outputs with noise.
        clean: outputs without noise.
        weights: of each task.
        center: the mean of the weights, given what is known of the task.
        side: the side information of each task: the mean of its support inputs, or the cosine and sine of its angle.
    """

    x: Float[np.ndarray, "task example entry"]
    y: Float[np.ndarray, "task example"]
    clean: Float[np.ndarray, "task example"]
    weights: Float[np.ndarray, "task entry"]
    center: Float[np.ndarray, "task entry"]
    side: Float[np.ndarray, "task number"]


def draw_tasks(setting: str, *, seed: int, directions: str | None = None) -> LinearTasks:
    """Draw all tasks of a setting.

    Args:
        setting: one of `SETTINGS`.
        seed: at least 0.
        directions: `gaussian` or `unit`, that of the setting by default.

    Raises:
        ValueError: there is no such setting.
    """
    if setting not in SETTINGS:
        raise ValueError(f"the setting is {setting!r}, but it must be one of {', '.join(SETTINGS)}")
    rng, count = np.random.default_rng(seed), sum(SPLITS.values())
    sign = np.ones(count)
    if setting == "circle":
        angle = 2 * np.pi * rng.uniform(size=count)
        side = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        center = np.zeros((count, DIMENSION))
        center[:, :2] = RADIUS * side
    else:
        if setting != "one-cluster":
            sign = rng.choice([1.0, -1.0], size=count)
        first, second = CENTERS[setting]
        center = np.where(sign[:, None] > 0, first, second) * np.ones(DIMENSION)
        side = np.zeros((count, 0))
    around = rng.normal(size=(count, EXAMPLES, DIMENSION))
    if (directions or DIRECTIONS[setting]) == "unit":
        around /= np.linalg.norm(around, axis=2, keepdims=True)
    x = sign[:, None, None] + around
    weights = center + rng.normal(size=center.shape)
    clean = np.einsum("tij,tj->ti", x, weights)
    noise = rng.normal(size=clean.shape)
    y = clean + noise * clean.std(axis=1, keepdims=True) / noise.std(axis=1, keepdims=True)
    return LinearTasks(x, y, clean, weights, center, side if setting == "circle" else x[:, :SHOTS].mean(axis=1))
