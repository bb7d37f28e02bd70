"""Meta-learning with the conventions of scikit-learn: fit to many tasks, adapt to a new one, predict.

`MetaRegressor` and `MetaClassifier` are fitted to the rows of many tasks. Their `adapt` takes a few rows of a new task,
or its description alone, and returns an ordinary fitted estimator of scikit-learn. Needs the extra `tables`.
"""

from hypermaml._misc.installation import install

try:
    from hypermaml.sklearn.adapted import AdaptedClassifier, AdaptedRegressor
    from hypermaml.sklearn.meta import MetaClassifier, MetaRegressor
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] not in ("sklearn", "narwhals", "pyarrow"):
        raise
    raise ModuleNotFoundError(
        f"hypermaml.sklearn needs the package {error.name}: {install('tables')}", name=error.name
    ) from None

__all__ = ["AdaptedClassifier", "AdaptedRegressor", "MetaClassifier", "MetaRegressor"]
