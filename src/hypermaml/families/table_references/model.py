"""What every baseline is, and the packages that they need."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float

from hypermaml._misc.installation import install
from hypermaml.families.table_references.rows import Rows

PACKAGES = {"sklearn": "scikit-learn", "statsmodels": "statsmodels", "threadpoolctl": "threadpoolctl"}


class Baseline(Protocol):
    """A fitted baseline."""

    def __call__(self, support: Rows, query: Rows) -> Float[np.ndarray, "task row"]:
        """Return a prediction for each query row; whatever stands where no row is there is not read."""
        ...


def imported(module: str) -> Any:
    """Return a module of scikit-learn or statsmodels.

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        name = PACKAGES[package]
        raise ModuleNotFoundError(
            f"the baselines of a table need {name}, which is not installed: {install('tables')}", name=package
        ) from None


def placed(values: Float[np.ndarray, " row"], query: Rows) -> Float[np.ndarray, "task row"]:
    """Return the predictions of all rows that are there at their places."""
    found = np.zeros(query.mask.shape)
    found[query.mask] = values
    return found


@contextmanager
def quiet() -> Iterator[None]:
    """Ignore warnings of a fit whose outcome is checked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
