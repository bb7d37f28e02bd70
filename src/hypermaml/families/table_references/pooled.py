"""One model for the rows of all tasks, with the description in each row."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from hypermaml.families.table_references.model import imported, placed
from hypermaml.families.table_references.rows import Rows

PENALTIES = tuple(10.0**power for power in range(-2, 5))
TREES = tuple((leaves, rate) for leaves in (4, 31) for rate in (0.03, 0.1))  # leaves of a tree, and the learning rate
MANY = 100_000  # rows from which on several threads are faster
ROUNDS, PATIENCE = 500, 20  # trees at most, and trees without a better error on meta-validation


@dataclass(frozen=True)
class Pooled:
    """A model of all rows.

    Attributes:
        model: a fitted estimator of scikit-learn.
    """

    model: Any

    def __call__(self, support: Rows, query: Rows) -> Float[np.ndarray, "task row"]:
        if not query.mask.any():
            return np.zeros(query.mask.shape)
        with few_threads(len(query.features)):
            return placed(self.model.predict(query.features), query)


def few_threads(rows: int) -> AbstractContextManager[Any]:
    """Return a context in which boosted trees use one thread where there are few rows.

    The threads of a small fit wait for each other: on busy cores a thousand times as long as one thread takes.
    """
    return imported("threadpoolctl").threadpool_limits(1 if rows < MANY else None, user_api="openmp")


def best(models: Iterable[Any], validation: Rows, classes: int) -> Pooled:
    """Return the fitted model with the least error on meta-validation."""
    features, targets = validation.features, validation.targets

    def error(model: Any) -> float:
        with few_threads(len(features)):
            predicted = model.predict(features)
        return float(np.mean(predicted != targets) if classes else np.mean((predicted - targets) ** 2))

    return Pooled(min(models, key=error))


def linear(train: Rows, validation: Rows, classes: int) -> Pooled:
    """Fit a ridge regression or a logistic regression; the penalty is the best one on meta-validation."""
    module = imported("sklearn.linear_model")

    def fitted(penalty: float) -> Any:
        empty = module.LogisticRegression(C=1 / penalty, max_iter=1000) if classes else module.Ridge(alpha=penalty)
        return empty.fit(train.features, train.targets)

    return best(map(fitted, PENALTIES), validation, classes)


def boosting(train: Rows, validation: Rows, classes: int) -> Pooled:
    """Fit gradient boosting; sizes, rates and the number of trees are the best ones on meta-validation."""
    module = imported("sklearn.ensemble")
    kind = module.HistGradientBoostingClassifier if classes else module.HistGradientBoostingRegressor
    held = {"X_val": validation.features, "y_val": validation.targets}
    if classes and not np.isin(validation.targets, train.targets).all():
        held = {}  # scikit-learn would refuse a class that no tree has seen

    def fitted(leaves: int, rate: float) -> Any:
        empty = kind(
            max_leaf_nodes=leaves,
            learning_rate=rate,
            max_iter=ROUNDS,
            early_stopping=True,
            n_iter_no_change=PATIENCE,
            random_state=0,
        )
        with few_threads(len(train.targets)):
            return empty.fit(train.features, train.targets, **held)

    return best((fitted(*sizes) for sizes in TREES), validation, classes)
