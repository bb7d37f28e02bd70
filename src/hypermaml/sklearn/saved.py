"""What both kinds of estimators share: they are saved, not pickled, and know the features of their table."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

import hypermaml as hm


class SavedEstimator(BaseEstimator):
    """An estimator that is saved by `save` and not pickled, since a pickle can execute code when it is loaded."""

    def __getstate__(self) -> Any:
        if self.__sklearn_is_fitted__():
            raise TypeError(
                f"a fitted {type(self).__name__} is not pickled: write it with save(path), and read it with "
                f"{type(self).__name__}.load(path)"
            )
        return super().__getstate__()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.target_tags.required = True
        return tags

    @abstractmethod
    def __sklearn_is_fitted__(self) -> bool:
        """Return whether the estimator is fitted."""


def set_features(estimator: Any, family: Any) -> None:
    """Note the features of the meta-training, as scikit-learn checks them."""
    names = list(family.columns.features)
    estimator.n_features_in_ = len(names)
    if names != [f"x{index}" for index in range(len(names))]:
        estimator.feature_names_in_ = np.asarray(names, dtype=object)


def check_kind(kind: type, family: Any, path: str | Path, *, classification: bool) -> hm.TableFamily:
    """Check that a file is of a table, and of a target that the estimator predicts; return the family.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(family, hm.TableFamily):
        raise ValueError(f"{path} was trained on {type(family).__name__}, but {kind.__name__} reads tables")
    if bool(family.classes) != classification:
        target = "classes" if family.classes else "numbers"
        raise ValueError(f"{path} predicts {target}, which {kind.__name__} does not")
    return family
