"""Meta-learning a bias, and a bias that depends on side information: the paper's two methods, for linear tasks.

The inner algorithm goes through the support once. It starts at the bias. At example k it takes a step of length 1/(λk)
along a subgradient of the absolute loss and of λ/2 times the squared distance to the bias. The average of the iterates
predicts. The meta-algorithm (Denevi, Pontil and Ciliberto 2020, arXiv
2008.10857) takes one such step a task in the bias, or in a linear map of the side information and an offset, and uses
the average. Both rates are chosen on validation tasks from 14 values each, as in the paper.
"""

import numpy as np
from conditional_tasks import PARTS, SHOTS, SPLITS, LinearTasks
from jaxtyping import Float

RATES = np.logspace(-5, 5, 14)  # the paper's, of the regularization and of the meta-algorithm


def adapt(
    x: Float[np.ndarray, "*task example entry"],
    y: Float[np.ndarray, "*task example"],
    bias: Float[np.ndarray, "*task entry"],
    regularization: Float[np.ndarray, "*task"],
) -> tuple[Float[np.ndarray, "*task entry"], Float[np.ndarray, "*task entry"]]:
    """Return the last and the average iterate of one pass over the examples, from the bias on."""
    weights, total, shots = bias, np.zeros_like(bias), x.shape[-2]
    strength = np.asarray(regularization)[..., None]
    for index in range(shots):
        example = x[..., index, :]
        sign = np.where(y[..., index] < (example * weights).sum(axis=-1), 1.0, -1.0)
        gradient = sign[..., None] * example + strength * (weights - bias)
        weights = weights - gradient / (strength * (index + 1))
        total = total + weights
    return weights, total / shots


def errors(
    tasks: LinearTasks, split: str, bias: Float[np.ndarray, "rate task entry"], rates: Float[np.ndarray, " rate"]
) -> Float[np.ndarray, "rate task"]:
    """Return the mean absolute error of each task of a split, for each regularization."""
    x, y = tasks.x[PARTS[split]], tasks.y[PARTS[split]]
    given = np.broadcast_to(rates[:, None], bias.shape[:2])
    shape = (len(rates), *y.shape)
    of_x, of_y = np.broadcast_to(x, (*shape, x.shape[2])), np.broadcast_to(y, shape)
    _, weights = adapt(of_x[:, :, :SHOTS], of_y[:, :, :SHOTS], bias, given)
    predicted = np.einsum("tij,rtj->rti", x[:, SHOTS:], weights)
    return np.abs(y[:, SHOTS:] - predicted).mean(axis=2)


def chosen(
    validation: Float[np.ndarray, "rate task"], test: Float[np.ndarray, "rate task"]
) -> Float[np.ndarray, " task"]:
    """Return the test errors at the rates that are best in validation."""
    mean = validation.mean(axis=1)
    return test[np.argmin(np.where(np.isfinite(mean), mean, np.inf))]


def fixed(tasks: LinearTasks, bias: Float[np.ndarray, "task entry"]) -> Float[np.ndarray, " task"]:
    """Return the test error of each task with a given bias of each task."""
    found = [
        errors(tasks, split, np.broadcast_to(bias[PARTS[split]], (len(RATES), *bias[PARTS[split]].shape)), RATES)
        for split in ("meta-validation", "meta-test")
    ]
    return chosen(*found)


def learned(tasks: LinearTasks, *, conditional: bool, examples: int = SHOTS) -> Float[np.ndarray, " task"]:
    """Return the test error of each task with the meta-learned bias.

    Args:
        tasks: of one setting and seed.
        conditional: whether the bias depends on the side information.
        examples: of each training task that the meta-algorithm sees; the paper's sees its support.
    """
    strength, step = (each.ravel() for each in np.meshgrid(RATES, RATES, indexing="ij"))
    features = np.ones((len(tasks.x), 1))
    if conditional:
        features = np.concatenate([tasks.side, features], axis=1)
    now = np.zeros((strength.size, tasks.x.shape[2], features.shape[1]))
    total = np.zeros_like(now)
    for count, task in enumerate(range(*PARTS["meta-train"].indices(len(features)))):
        bias = (total / max(count, 1) if conditional else now) @ features[task]
        last, _ = adapt(tasks.x[task, :examples], tasks.y[task, :examples], bias, strength)
        now = now + (step * strength)[:, None, None] * (last - bias)[:, :, None] * features[task]
        total = total + now
    average = total / SPLITS["meta-train"]
    found = [
        errors(tasks, split, np.einsum("rej,tj->rte", average, features[PARTS[split]]), strength)
        for split in ("meta-validation", "meta-test")
    ]
    return chosen(*found)
