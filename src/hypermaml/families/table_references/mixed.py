"""A linear mixed model: what tasks share, and how far each may be from it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from hypermaml.families.table_references.model import imported, quiet
from hypermaml.families.table_references.rows import Rows

MOST_SLOPES = 3  # inputs with a slope of each task; beyond it the search for their covariances takes too long
MOST_TASKS = 500  # that the model is fitted to


@dataclass(frozen=True)
class Mixed:
    """A linear mixed model, whose prediction for a new task is the empirical-Bayes one from its support rows.

    Attributes:
        coefficients: of what all tasks share, for the columns that are kept.
        kept: the columns of `shared` that are linearly independent.
        interactions: whether slopes depend on the description.
        slopes: the inputs that have a slope of each task.
        covariance: of the intercepts and slopes of tasks.
        noise: the variance of a row around its task's line.
    """

    coefficients: Float[np.ndarray, " kept"]
    kept: Int[np.ndarray, " kept"]
    interactions: bool
    slopes: tuple[int, ...]
    covariance: Float[np.ndarray, "effect effect"]
    noise: float

    def __call__(self, support: Rows, query: Rows) -> Float[np.ndarray, "task row"]:
        predicted = np.zeros(query.mask.shape)
        for task, description in enumerate(query.descriptions):
            x, y = support.task(task)
            mean, z = self.mean(x, description), own(x, self.slopes)
            gain = self.covariance @ z.T @ np.linalg.inv(z @ self.covariance @ z.T + self.noise * np.eye(len(y)))
            asked = query.x[task]
            predicted[task] = self.mean(asked, description) + own(asked, self.slopes) @ (gain @ (y - mean))
        return predicted

    def mean(
        self, x: Float[np.ndarray, "row input"], description: Float[np.ndarray, " number"]
    ) -> Float[np.ndarray, " row"]:
        """Return what is expected before any row of the task is seen."""
        many = np.broadcast_to(description, (len(x), len(description)))
        return shared(x, many, self.interactions)[:, self.kept] @ self.coefficients


def own(x: Float[np.ndarray, "row input"], slopes: tuple[int, ...]) -> Float[np.ndarray, "row effect"]:
    """Return the columns whose coefficients each task has for itself: 1 and some inputs."""
    return np.column_stack([np.ones(len(x)), x[:, list(slopes)]])


def shared(
    x: Float[np.ndarray, "row input"], descriptions: Float[np.ndarray, "row number"], interactions: bool
) -> Float[np.ndarray, "row column"]:
    """Return the columns whose coefficients all tasks share: 1, inputs, the description, and their products."""
    products = x[:, :, None] * descriptions[:, None, :]
    products = products.reshape(len(x), x.shape[1] * descriptions.shape[1])
    return np.column_stack([np.ones(len(x)), x, descriptions, *([products] if interactions else [])])


def independent(columns: Float[np.ndarray, "row column"]) -> Int[np.ndarray, " kept"]:
    """Return the columns that the columns before them do not determine."""
    size = np.maximum(np.linalg.norm(columns, axis=0), 1e-12)
    return np.nonzero(np.abs(np.diag(np.linalg.qr(columns / size, mode="r"))) > 1e-6)[0]


def mixed(train: Rows) -> Mixed | None:
    """Fit a linear mixed model by restricted maximum likelihood.

    Each task has an intercept of its own, and slopes for inputs where these are few and the fit converges. Slopes
    depend on the description where there are at least four tasks for each such product.

    Returns:
        The model, or `None` where no fit converges.
    """
    tasks = np.nonzero(train.mask.any(axis=1))[0]
    if len(tasks) > MOST_TASKS:
        tasks = np.random.default_rng(0).choice(tasks, MOST_TASKS, replace=False)
    rows = Rows(train.x[tasks], train.y[tasks], train.mask[tasks], train.descriptions[tasks])
    x, owners = rows.inputs, rows.owners
    inputs, numbers = x.shape[1], rows.descriptions.shape[1]
    interactions = 4 * inputs * numbers <= len(tasks)
    columns = shared(x, rows.descriptions[owners], interactions)
    kept = independent(columns)
    varying = tuple(int(each) for each in np.nonzero(x.std(axis=0) > 1e-12)[0])
    for slopes in [varying, ()] if 0 < len(varying) <= MOST_SLOPES else [()]:
        found = fitted(rows.targets, columns[:, kept], owners, own(x, slopes))
        if found is not None:
            return Mixed(found[0], kept, interactions, slopes, found[1], found[2])
    return None


def fitted(
    targets: Float[np.ndarray, " row"],
    columns: Float[np.ndarray, "row kept"],
    owners: Int[np.ndarray, " row"],
    effects: Float[np.ndarray, "row effect"],
) -> tuple[Float[np.ndarray, " kept"], Float[np.ndarray, "effect effect"], float] | None:
    """Return the coefficients, the covariance and the noise; `None` where the fit does not converge.

    Powell's search needs no derivative. With gradients statsmodels may stop far from the optimum.
    """
    module: Any = imported("statsmodels.regression.mixed_linear_model")
    with quiet():
        try:
            found = module.MixedLM(targets, columns, owners, exog_re=effects).fit(method="powell", reml=True)
        except (np.linalg.LinAlgError, ValueError):
            return None
    covariance, noise = np.asarray(found.cov_re, float), float(found.scale)
    if not found.converged or not np.isfinite([*covariance.ravel(), noise, float(found.llf)]).all() or noise <= 0:
        return None
    return np.asarray(found.fe_params, float), covariance, noise
