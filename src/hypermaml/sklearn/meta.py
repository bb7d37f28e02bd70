"""Meta-learners as estimators."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils.validation import check_is_fitted

import hypermaml as hm
from hypermaml.experiments.table import for_tables
from hypermaml.methods import METHODS
from hypermaml.methods.config import MethodConfig
from hypermaml.sklearn.adapted import AdaptedClassifier, AdaptedRegressor
from hypermaml.sklearn.frames import checked, column, columns_of, described, joined, named_descriptions, words
from hypermaml.sklearn.saved import SavedEstimator, check_kind, set_features

LARGEST_SEED = 2**31 - 1


class _Meta(SavedEstimator):
    """A meta-learner as an estimator: it is fitted to many tasks, and adapts to new ones."""

    adapted: ClassVar[type[AdaptedRegressor | AdaptedClassifier]]

    def __init__(
        self,
        method: str | MethodConfig = "hypermaml",
        *,
        shots: int = 5,
        iterations: int = 1000,
        meta_batch: int = 16,
        hidden: tuple[int, ...] = (40, 40),
        random_state: Any = None,
    ):
        self.method = method
        self.shots = shots
        self.iterations = iterations
        self.meta_batch = meta_batch
        self.hidden = hidden
        self.random_state = random_state

    def fit(self, X: Any, y: Any, *, tasks: Any = None, descriptions: Any = None) -> Self:
        """Meta-train on the rows of many tasks.

        A tenth of the tasks, and at least one, is meta-validation: it chooses the test-time schedule.

        Args:
            X: the inputs of all rows: a data frame, or an array of shape `(row, feature)`.
            y: the target of each row.
            tasks: the name of the task of each row.
            descriptions: a data frame with one row for each task. The column with the name of `tasks`, or named
                `task`, names the task, or else the index of a pandas frame. `None` for none.

        Raises:
            ValueError: a setting, a column or a value does not fit; the sentence says which.
        """
        if tasks is None:
            raise ValueError(f"{type(self).__name__}.fit needs tasks, the name of the task of each row")
        X, y = checked(self, X, reset=True), column(self, y)
        config, seed = method_of(self.method), check_random_state(self.random_state).randint(LARGEST_SEED)
        rows, task, target = joined(self, X, y, tasks)
        names = np.unique(np.asarray(tasks)).tolist()
        family = hm.TableFamily(
            rows,
            task=task,
            target=target,
            descriptions=named_descriptions(descriptions, tasks, task),
            inputs=columns_of(self),
            shots=self.shots,
            splits=split(names, seed),
            classification=self.adapted.classification,
            kinds={target: "category"} if self.adapted.classification and words(y) else None,
            hidden=self.hidden,
        )
        self.trained_ = hm.train(config, family, iterations=self.iterations, meta_batch=self.meta_batch, seed=seed)
        if self.adapted.classification:
            self.classes_ = np.asarray(family.class_values)
        return self

    def adapt(self, X: Any = None, y: Any = None, *, description: Any = None, steps: int | None = None) -> Any:
        """Adapt to a new task, and return a fitted estimator of it.

        Args:
            X: the inputs of a few rows of the task, with the features of `fit`; `None` for none: the model is then
                generated from the description alone.
            y: the target of each row.
            description: of the task: a mapping from names to values, or a row of a data frame. What is left out is
                missing.
            steps: inner steps, at least 0; by default as many as in meta-training.

        Raises:
            NotFittedError: `fit` was not called.
            ValueError: the rows or the description do not fit.
        """
        check_is_fitted(self)
        return self.adapted(self.trained_, description=description, steps=steps).fit(X, y)

    def save(self, path: str | Path) -> None:
        """Write the trained method into one file, which `load` and `hypermaml.load` read. The rows stay out of it.

        Raises:
            NotFittedError: `fit` was not called.
            ValueError: the method holds a function that another program could not import.
            OSError: the file cannot be written.
        """
        check_is_fitted(self)
        self.trained_.save(path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a meta-learner that `save` wrote.

        Raises:
            ValueError: the file holds no trained method, or one for another kind of target.
            OSError: the file cannot be read.
        """
        trained = hm.load(path)
        if not isinstance(trained, hm.Trained):
            raise ValueError(f"{path} holds no trained method: give a file that {cls.__name__}.save wrote")
        family = check_kind(cls, trained.family, path, classification=cls.adapted.classification)
        found = cls(trained.config, shots=family.shots, iterations=trained.iterations, hidden=family.hidden)
        found.trained_ = trained
        set_features(found, family)
        if cls.adapted.classification:
            found.classes_ = np.asarray(family.class_values)
        return found

    def _predicted(self, X: Any, y: Any, tasks: Any, descriptions: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Adapt to the first `shots` rows of each task; return targets, predictions and numbers of the other rows."""
        check_is_fitted(self)
        if tasks is None:
            raise ValueError(f"{type(self).__name__}.score needs tasks, the name of the task of each row")
        names, values = np.asarray(tasks), np.asarray(y)
        known = described(descriptions, tasks)
        true, predicted, places = [], [], []
        for name in dict.fromkeys(names.tolist()):
            rows = np.flatnonzero(names == name)
            if len(rows) <= self.shots:
                raise ValueError(f"task {name} has {len(rows)} rows, but {self.shots} shots and a test need more")
            few, rest = rows[: self.shots], rows[self.shots :]
            model = self.adapt(_safe_indexing(X, few), values[few], description=known(name))
            true.append(values[rest])
            places.append(rest)
            predicted.append(np.asarray(model.predict(_safe_indexing(X, rest))))
        return np.concatenate(true), np.concatenate(predicted), np.concatenate(places)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "trained_")


class MetaRegressor(RegressorMixin, _Meta):
    """A regressor that learns from many tasks how to learn a new one.

    Attributes:
        method: the name of a method such as `"hypermaml"`, or its configuration such as `HyperMAML(inner_lr=0.05)`.
        shots: rows of a task that a model is adapted to in meta-training, at least 1.
        iterations: meta-iterations, at least 1.
        meta_batch: tasks of a meta-iteration, at least 1.
        hidden: widths of the hidden layers of the model.
        random_state: a seed or a random state, for the initialization and the choice of meta-validation tasks.
    """

    adapted = AdaptedRegressor

    def score(self, X: Any, y: Any, *, tasks: Any = None, descriptions: Any = None, sample_weight: Any = None) -> float:
        """Adapt to the first `shots` rows of each task, and score the predictions of the others.

        Args:
            X: the inputs of all rows of new tasks.
            y: the target of each row.
            tasks: the name of the task of each row; each needs more than `shots` rows.
            descriptions: as in `fit`.
            sample_weight: the weight of each row in the score; `None` for equal ones.

        Returns:
            R² of all predicted rows together.

        Raises:
            NotFittedError: `fit` was not called.
            ValueError: something does not fit; the sentence says what.
        """
        true, predicted, rows = self._predicted(X, y, tasks, descriptions)
        return float(r2_score(true, predicted, sample_weight=weights_of(sample_weight, rows)))


class MetaClassifier(ClassifierMixin, _Meta):
    """A classifier that learns from many tasks how to learn a new one.

    Attributes:
        method: the name of a method such as `"hypermaml"`, or its configuration such as `HyperMAML(inner_lr=0.05)`.
        shots: rows of a task that a model is adapted to in meta-training, at least 1.
        iterations: meta-iterations, at least 1.
        meta_batch: tasks of a meta-iteration, at least 1.
        hidden: widths of the hidden layers of the model.
        random_state: a seed or a random state, for the initialization and the choice of meta-validation tasks.
    """

    adapted = AdaptedClassifier

    def score(self, X: Any, y: Any, *, tasks: Any = None, descriptions: Any = None, sample_weight: Any = None) -> float:
        """Adapt to the first `shots` rows of each task, and score the predictions of the others.

        Args:
            X: the inputs of all rows of new tasks.
            y: the target of each row.
            tasks: the name of the task of each row; each needs more than `shots` rows.
            descriptions: as in `fit`.
            sample_weight: the weight of each row in the score; `None` for equal ones.

        Returns:
            The share of rows whose class is predicted.

        Raises:
            NotFittedError: `fit` was not called.
            ValueError: something does not fit; the sentence says what.
        """
        true, predicted, rows = self._predicted(X, y, tasks, descriptions)
        return float(accuracy_score(true, predicted, sample_weight=weights_of(sample_weight, rows)))


def method_of(method: Any) -> MethodConfig:
    """Return the configuration of a method.

    Args:
        method: its name, for the settings of tables; or the configuration.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(method, MethodConfig):
        return method
    if method not in METHODS:
        raise ValueError(f"the method is {method!r}, but it must be a configuration or one of {', '.join(METHODS)}")
    return for_tables(METHODS[method])


def split(tasks: Sequence[Any], seed: int) -> dict[str, list[Any]]:
    """Return the tasks of meta-training and, a tenth of them, of meta-validation.

    Raises:
        ValueError: there are fewer than two.
    """
    if len(tasks) < 2:
        raise ValueError(f"there is one task, {tasks[0]!r}, but meta-training and meta-validation need at least 2")
    order = np.random.default_rng(seed).permutation(len(tasks)).tolist()
    count = max(1, round(0.1 * len(tasks)))
    return {
        "meta-train": [tasks[index] for index in order[count:]],
        "meta-validation": [tasks[index] for index in order[:count]],
    }


def weights_of(sample_weight: Any, rows: np.ndarray) -> np.ndarray | None:
    """Return the weights of these rows; `None` for equal ones."""
    return None if sample_weight is None else np.asarray(sample_weight)[rows]
