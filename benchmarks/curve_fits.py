"""Parametric learning curves, fitted to the first anchors of each curve alone, as in Mohr et al. 2022.

Two parameters of each model are linear, given the other two. A fit tries the other two on a grid and solves for the
linear ones.
"""

from collections.abc import Callable, Sequence

import numpy as np

RIDGE = 1e-9


def power(size: np.ndarray, rate: float, shift: float) -> np.ndarray:
    """Return the columns of POW4, a + b (size + shift)^-rate, for a and b."""
    return np.stack([np.ones_like(size), (size + shift) ** -rate], axis=-1)


def growth(size: np.ndarray, middle: float, rate: float) -> np.ndarray:
    """Return the columns of MMF4, (a b + c size^d) / (b + size^d), for a and c."""
    share = middle / (middle + size**rate)
    return np.stack([share, 1 - share], axis=-1)


# The columns, and the values of the two parameters that are not linear.
MODELS: dict[str, tuple[Callable[..., np.ndarray], np.ndarray, np.ndarray]] = {
    "POW4 fit": (power, np.geomspace(0.05, 3.0, 24), np.array([0.0, 1.0, 4.0, 16.0, 64.0, 256.0])),
    "MMF4 fit": (growth, np.geomspace(1.0, 1e4, 24), np.geomspace(0.1, 3.0, 16)),
}


def fitted(model: str, sizes: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Return the best parameters of several curves: the two of the grid, then the two weights.

    Args:
        model: its name.
        sizes: of the anchors that are seen, the same of all curves.
        errors: shape `(curve, anchor)`.
    """
    columns, first, second = MODELS[model]
    best = np.full(len(errors), np.inf)
    found = np.tile([first[0], second[0], 0.0, 0.0], (len(errors), 1))
    for one in first:
        for other in second:
            seen = columns(sizes, one, other)
            weights = np.linalg.solve(seen.T @ seen + RIDGE * np.eye(2), seen.T @ errors.T)
            cost = np.sum((seen @ weights - errors.T) ** 2, axis=0)
            better = (cost < best) & (weights >= 0).all(axis=0)  # no error rate falls below 0
            best = np.where(better, cost, best)
            found[better] = np.column_stack([np.full(len(errors), one), np.full(len(errors), other), weights.T])[better]
    return found


def extrapolated(
    anchors: Sequence[np.ndarray], errors: Sequence[np.ndarray], seen: Sequence[int], held: int
) -> dict[str, dict[str, list[float]]]:
    """Return the squared error after the first `held` anchors of each curve, by model and by number of seen anchors."""
    result: dict[str, dict[str, list[float]]] = {model: {} for model in MODELS}
    for model, (columns, _, _) in MODELS.items():
        for count in seen:
            starts = np.array([each[:count] for each in anchors])
            found = np.zeros(len(anchors))
            for start in np.unique(starts, axis=0):
                own = np.nonzero((starts == start).all(axis=1))[0].tolist()
                parameters = fitted(model, start, np.array([errors[curve][:count] for curve in own]))
                for curve, (one, other, *weights) in zip(own, parameters, strict=True):
                    predicted = np.clip(columns(anchors[curve][held:], one, other) @ np.array(weights), 0.0, 1.0)
                    found[curve] = np.mean((predicted - errors[curve][held:]) ** 2)
            result[model][str(count)] = found.tolist()
    return result
