"""Estimators of one task."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

import hypermaml as hm
from hypermaml.sklearn.frames import checked, column, framed, with_index
from hypermaml.sklearn.saved import SavedEstimator, check_kind, set_features


class _Adapted(SavedEstimator):
    """A model of one task as an estimator. `fit` adapts the trained method to the rows of the task."""

    classification: ClassVar[bool]

    def __init__(self, trained: Any = None, *, description: Any = None, steps: int | None = None):
        self.trained = trained
        self.description = description
        self.steps = steps

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Adapt the trained method to the rows of a task; without rows, generate its model from the description.

        Args:
            X: inputs, with the features of the meta-training, shape `(row, feature)`.
            y: the target of each row.

        Raises:
            ValueError: the rows or the description do not fit the meta-training.
        """
        if not isinstance(self.trained, hm.Trained):
            raise ValueError(f"trained is {self.trained!r}, but it must be what hypermaml.train returns")
        family = check_kind(type(self), self.trained.family, "the method", classification=self.classification)
        set_features(self, family)
        if X is None:
            self.model_ = self.trained.initialize(description=self.description)
        else:
            X, y = checked(self, X, reset=False), column(self, y)
            self.model_ = self.trained.adapt(framed(self, X), y, description=self.description, steps=self.steps)
        if self.classification:
            self.classes_ = np.asarray(family.class_values)
        return self

    def predict(self, X: Any) -> Any:
        """Return the prediction of each row: an array, or for a pandas frame a series with its index.

        Args:
            X: inputs, with the features of the meta-training, shape `(row, feature)`.

        Raises:
            NotFittedError: the estimator is not adapted yet.
            ValueError: the inputs do not fit the meta-training.
        """
        X = self._inputs(X)
        return with_index(self.model_.predict(framed(self, X)), X)

    def _inputs(self, X: Any) -> Any:
        """Return the inputs of a fitted estimator, checked."""
        check_is_fitted(self)
        return checked(self, X, reset=False)

    def save(self, path: str | Path) -> None:
        """Write the adapted model into one file, which `load` and `hypermaml.load` read.

        Raises:
            NotFittedError: the estimator is not adapted yet.
            OSError: the file cannot be written.
        """
        check_is_fitted(self)
        self.model_.save(path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read an adapted model that `save` wrote; it predicts, but is not fitted again.

        Raises:
            ValueError: the file holds no adapted model, or one of another kind of target.
            OSError: the file cannot be read.
        """
        model = hm.load(path)
        if not isinstance(model, hm.FittedModel):
            raise ValueError(f"{path} holds no adapted model: give a file that {cls.__name__}.save wrote")
        family = check_kind(cls, model.family, path, classification=cls.classification)
        found = cls()
        found.model_ = model
        set_features(found, family)
        if cls.classification:
            found.classes_ = np.asarray(family.class_values)
        return found

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")


class AdaptedRegressor(RegressorMixin, _Adapted):
    """A regressor of one task, as `MetaRegressor.adapt` returns it.

    Attributes:
        trained: the trained method.
        description: of the task.
        steps: inner steps; by default as many as in meta-training.
    """

    classification = False


class AdaptedClassifier(ClassifierMixin, _Adapted):
    """A classifier of one task, as `MetaClassifier.adapt` returns it.

    Attributes:
        trained: the trained method.
        description: of the task.
        steps: inner steps; by default as many as in meta-training.
    """

    classification = True

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class for each row, shape `(row, class)`, in the order of `classes_`.

        Raises:
            NotFittedError: the estimator is not adapted yet.
            ValueError: the inputs do not fit the meta-training.
        """
        return self.model_.predict_probabilities(framed(self, self._inputs(X)))
