"""A model of each task, of its support rows alone; without any it predicts what is most common in meta-training."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from hypermaml.families.table_references.model import imported, quiet
from hypermaml.families.table_references.rows import Rows

Fit = Callable[[Float[np.ndarray, "row input"], Float[np.ndarray, " row"]], Any]
PENALTIES = (0.1, 1.0, 10.0, 100.0)
TRIAL_TASKS = 100


@dataclass(frozen=True)
class PerTask:
    """A model of each task.

    Attributes:
        fit: from the inputs and targets of at least one row to a fitted estimator.
        default: what is predicted without a row.
        several: whether a model needs rows of at least two classes; with one it predicts that class.
    """

    fit: Fit
    default: float
    several: bool = False

    def __call__(self, support: Rows, query: Rows) -> Float[np.ndarray, "task row"]:
        predicted = np.full(query.mask.shape, self.default)
        for task, mask in enumerate(query.mask):
            x, y = support.task(task)
            if not mask.any() or not len(y):
                continue
            if self.several and len(np.unique(y)) == 1:
                predicted[task] = y[0]
            else:
                predicted[task, mask] = self.fit(x, y).predict(query.x[task][mask])
        return predicted


@dataclass(frozen=True)
class RidgePerTask:
    """A ridge regression for each task, with the penalty that is best for as many rows in meta-training.

    Attributes:
        train: the rows of meta-training.
    """

    train: Rows

    def __call__(self, support: Rows, query: Rows) -> Float[np.ndarray, "task row"]:
        module, default = imported("sklearn.linear_model"), float(self.train.targets.mean())

        def with_penalty(penalty: float) -> PerTask:
            return PerTask(lambda x, y: module.Ridge(alpha=penalty).fit(x, y), default)

        first, rest = parted(self.train, int(support.mask.sum(axis=1).max(initial=0)))

        def error(penalty: float) -> float:
            return float(np.mean((with_penalty(penalty)(first, rest) - rest.y)[rest.mask] ** 2))

        return with_penalty(min(PENALTIES, key=error) if rest.mask.any() else 1.0)(support, query)


def parted(train: Rows, shots: int) -> tuple[Rows, Rows]:
    """Return the first rows of some tasks, so many of each, and the others."""
    chosen = np.random.default_rng(0).permutation(len(train.mask))[:TRIAL_TASKS]
    x, y, mask, descriptions = (values[chosen] for values in (train.x, train.y, train.mask, train.descriptions))
    early = mask & (np.cumsum(mask, axis=1) <= shots)
    return Rows(x, y, early, descriptions), Rows(x, y, mask & ~early, descriptions)


def logistic(train: Rows) -> PerTask:
    """Return a logistic regression of each task."""
    module = imported("sklearn.linear_model")
    values, counts = np.unique(train.targets, return_counts=True)
    return PerTask(
        lambda x, y: module.LogisticRegression(max_iter=1000).fit(x, y), float(values[counts.argmax()]), several=True
    )


@dataclass(frozen=True)
class Standardized:
    """An estimator of standardized targets.

    Attributes:
        model: fitted to them.
        mean: of targets.
        deviation: of targets.
    """

    model: Any
    mean: float
    deviation: float

    def predict(self, x: Float[np.ndarray, "row input"]) -> Float[np.ndarray, " row"]:
        return self.mean + self.deviation * self.model.predict(x)


def gaussian_process(train: Rows) -> PerTask:
    """Return a Gaussian process of each task around the mean of meta-training, its kernel fitted to the support."""
    module, kernels = imported("sklearn.gaussian_process"), imported("sklearn.gaussian_process.kernels")
    mean, deviation = float(train.targets.mean()), float(train.targets.std()) or 1.0
    signal = kernels.ConstantKernel(0.5, (1e-2, 10.0)) * kernels.RBF(1.0, (1e-1, 100.0))
    kernel = signal + kernels.WhiteKernel(0.5, (1e-3, 10.0))

    def fit(x: Float[np.ndarray, "row input"], y: Float[np.ndarray, " row"]) -> Standardized:
        with quiet():  # a parameter at the end of its range is what few rows give
            model = module.GaussianProcessRegressor(kernel, random_state=0).fit(x, (y - mean) / deviation)
        return Standardized(model, mean, deviation)

    return PerTask(fit, mean)
