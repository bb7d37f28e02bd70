"""The baselines that someone with many related tables would pick instead of meta-learning."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from hypermaml.families.table_references.mixed import mixed
from hypermaml.families.table_references.model import Baseline
from hypermaml.families.table_references.per_task import RidgePerTask, gaussian_process, logistic
from hypermaml.families.table_references.pooled import boosting, linear
from hypermaml.families.table_references.rows import Rows, Scale, rows_of, scaled, standardized


@dataclass(frozen=True)
class References:
    """Fitted baselines, for any number of support rows.

    `pooled ridge` and `boosted trees` are one model for the rows of all meta-training tasks, with the description in
    each row. They see no row of the task that they are tested on. `ridge per task` and `Gaussian process per task` see
    its support rows alone. The `linear mixed model` has both: what tasks share, descriptions and their products with
    inputs among it, and the empirical-Bayes prediction from the support rows. For classes there is logistic regression,
    and no Gaussian process and no mixed model.

    Attributes:
        models: by name.
        scales: of inputs and of descriptions, in meta-training.
        classes: how many classes a target has; 0 where it is a number.
    """

    models: Mapping[str, Baseline]
    scales: tuple[Scale, Scale]
    classes: int

    def predict(self, support: Rows, query: Rows) -> dict[str, Float[np.ndarray, "task row"]]:
        """Return the predictions at the query rows, by baseline.

        Args:
            support: what is seen of each task; its mask may leave no row.
            query: what is predicted.
        """
        seen, asked = scaled(support, self.scales), scaled(query, self.scales)
        return {name: model(seen, asked) for name, model in self.models.items()}

    def scores(self, support: Rows, query: Rows) -> dict[str, Float[np.ndarray, " task"]]:
        """Return the accuracy of classes or the mean squared error of numbers of each task, by baseline."""
        count = np.maximum(query.mask.sum(axis=1), 1)

        def score(predicted: Float[np.ndarray, "task row"]) -> Float[np.ndarray, " task"]:
            each = predicted == query.y if self.classes else (predicted - query.y) ** 2
            return np.where(query.mask, each, 0.0).sum(axis=1) / count

        return {name: score(predicted) for name, predicted in self.predict(support, query).items()}


def fit(train: Rows, validation: Rows, classes: int) -> References:
    """Fit the baselines.

    Args:
        train: the rows of meta-training, which fit the models.
        validation: the rows of meta-validation, which choose penalties and sizes.
        classes: how many classes a target has; 0 where it is a number.

    Raises:
        ModuleNotFoundError: scikit-learn or statsmodels is not installed.
    """
    scales = standardized(train)
    train, validation = scaled(train, scales), scaled(validation, scales)
    models: dict[str, Baseline] = {}
    if classes:
        models["pooled logistic regression"] = linear(train, validation, classes)
        models["boosted trees"] = boosting(train, validation, classes)
        models["logistic regression per task"] = logistic(train)
        return References(models, scales, classes)
    models["pooled ridge"] = linear(train, validation, classes)
    models["boosted trees"] = boosting(train, validation, classes)
    models["ridge per task"] = RidgePerTask(train)
    models["Gaussian process per task"] = gaussian_process(train)
    found = mixed(train)
    if found is not None:
        models["linear mixed model"] = found
    return References(models, scales, classes)


def references_at(family: Any, tasks: Any, support: Any, query: Any) -> dict[str, Float[np.ndarray, " task"]]:
    """Return the scores of the baselines for these support and query rows, by name.

    The models of all tasks are fitted once and serve every number of support rows.

    Args:
        family: an array family or a table, which holds the rows of all tasks.
        tasks: the numbers of the tasks.
        support: a batch of the family for each task, stacked; rows whose mask is 0 are not read.
        query: alike.

    Returns:
        The accuracy of classes or the squared error of numbers in the target's unit; nothing where a target has several
        numbers or the first metric is another one.
    """
    if family.metric not in ("mse", "accuracy") or int(np.prod(family.output_shape)) != 1:
        return {}
    found = _fitted(family)
    described = np.asarray(family.descriptions)[np.asarray(tasks)]
    seen, asked = (rows_of(batch.x, batch.y, batch.mask, described) for batch in (support, query))
    scores = found.scores(seen, asked)
    return scores if found.classes else {name: score * _unit(family) ** 2 for name, score in scores.items()}


_last: dict[bytes, References] = {}  # of the family that was asked for last


def _fitted(family: Any) -> References:
    """The baselines of a family, which are kept until another family asks for its own."""
    train, validation = (_rows(family, split) for split in family.splits[:2])
    digest = hashlib.sha256(f"{family.classes} {family.shots}".encode())
    for rows in (train, validation):
        for values in (rows.x, rows.y, rows.mask, rows.descriptions):
            digest.update(np.ascontiguousarray(values).tobytes())
    key = digest.digest()
    if key not in _last:
        _last.clear()
        _last[key] = fit(train, validation, family.classes)
    return _last[key]


def _rows(family: Any, split: str) -> Rows:
    members = np.asarray(family.members[family.split_number(split)])
    lengths = np.asarray(family.lengths)[members]
    mask = np.arange(family.x.shape[1]) < lengths[:, None]
    x, y, descriptions = (np.asarray(values)[members] for values in (family.x, family.y, family.descriptions))
    return rows_of(x, y, mask, descriptions)


def _unit(family: Any) -> float:
    """How many of the target's units one is in the arrays of the family."""
    return float(np.asarray(getattr(family, "target_deviation", 1.0)))
