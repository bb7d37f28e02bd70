"""Ridge regressions on linear tasks: what one would use without meta-learning, and the ceiling."""

import numpy as np
from conditional_tasks import PARTS, SHOTS, LinearTasks
from jaxtyping import Float

PENALTIES = np.logspace(-2, 5, 22)


def around(
    tasks: LinearTasks, center: Float[np.ndarray, "task entry"], split: str
) -> Float[np.ndarray, "penalty task"]:
    """Return the absolute error of each task of a split by a ridge regression around its center."""
    part = PARTS[split]
    x, y, center = tasks.x[part], tasks.y[part], center[part]
    near, rest = x[:, :SHOTS], y[:, :SHOTS] - np.einsum("tij,tj->ti", x[:, :SHOTS], center)
    gram, moment = np.einsum("tij,tik->tjk", near, near), np.einsum("tij,ti->tj", near, rest)
    found = []
    for penalty in PENALTIES:
        change = np.linalg.solve(gram + penalty * np.eye(x.shape[2]), moment[..., None])[..., 0]
        predicted = np.einsum("tij,tj->ti", x[:, SHOTS:], center + change)
        found.append(np.abs(y[:, SHOTS:] - predicted).mean(axis=1))
    return np.stack(found)


def ridge(tasks: LinearTasks, center: Float[np.ndarray, "task entry"]) -> Float[np.ndarray, " task"]:
    """Return the test error of each task, with the penalty that is best in validation."""
    best = np.argmin(around(tasks, center, "meta-validation").mean(axis=1))
    return around(tasks, center, "meta-test")[best]


def pooled(tasks: LinearTasks, *, described: bool) -> Float[np.ndarray, "task entry"]:
    """Return the center of each task by one ridge regression over all training tasks.

    Args:
        tasks: of one setting and seed.
        described: whether the weights are linear in the side information, or the same for all tasks.
    """
    features = np.ones((len(tasks.x), 1))
    if described:
        features = np.concatenate([tasks.side, features], axis=1)
    joined = np.einsum("tij,tk->tijk", tasks.x, features).reshape(*tasks.y.shape, -1)

    def centers(penalty: float) -> np.ndarray:
        rows, y = joined[PARTS["meta-train"]].reshape(-1, joined.shape[2]), tasks.y[PARTS["meta-train"]].ravel()
        found = np.linalg.solve(rows.T @ rows + penalty * np.eye(rows.shape[1]), rows.T @ y)
        return features @ found.reshape(tasks.x.shape[2], -1).T

    return min(map(centers, PENALTIES), key=lambda each: around(tasks, each, "meta-validation").mean(axis=1).min())
