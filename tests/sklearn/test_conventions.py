"""The checks of scikit-learn on what `adapt` returns."""

from functools import cache

import numpy as np
import pytest
from sklearn.utils.estimator_checks import check_estimator

from hypermaml.sklearn import AdaptedRegressor, MetaRegressor

# A fitted estimator is saved by `save`; a pickle of JAX's functions is not possible, and is refused in a sentence.
PICKLED = {"check_estimators_pickle", "check_estimators_overwrite_params"}
OF_THE_TEST = {"check_dont_overwrite_parameters"}  # `OfAnyWidth` does


@cache
def trained(kind, features, classes):
    """Return a trained method for inputs of this width, since a trained method has the width of its meta-training."""
    rng = np.random.default_rng(0)
    tasks, x = np.repeat(np.arange(4), 2 * classes or 4), rng.normal(size=(8 * classes or 16, features))
    y = np.arange(len(x)) % classes if classes else x[:, 0]
    meta = kind("maml", shots=1, iterations=1, meta_batch=2, hidden=(4,), random_state=0)
    return meta.fit(x, y, tasks=tasks).trained_


class OfAnyWidth:
    """Takes the trained method of the width that a check asks for."""

    def fit(self, X=None, y=None):
        width, classes = np.asarray(X).shape, 0
        if self.classification and y is not None:
            classes = max(2, len(np.unique(y)))
        self.trained = trained(self.meta, width[1] if len(width) == 2 and width[1] else 1, classes)
        return super().fit(X, y)


class Regressor(OfAnyWidth, AdaptedRegressor):
    meta = MetaRegressor

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # of one meta-iteration
        return tags


@pytest.mark.product
@pytest.mark.filterwarnings("ignore")
def test_an_adapted_regressor_passes_the_checks_of_scikit_learn():
    found = check_estimator(Regressor(), on_fail=None, on_skip=None)
    failed = {each["check_name"]: str(each["exception"]) for each in found if each["status"] == "failed"}
    assert not {name: text for name, text in failed.items() if name not in PICKLED | OF_THE_TEST}
    assert sum(each["status"] == "passed" for each in found) >= 40
