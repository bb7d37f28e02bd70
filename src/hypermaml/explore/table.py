"""Tasks of examples on the page, of one or two inputs that are numbers: sliders and categories describe a task."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from hypermaml.apply.trained import Trained
from hypermaml.explore.adaptation import mask_of, padded, predictions
from hypermaml.explore.columns import controls, described, encoded_description, encoded_points, inputs_of, layout
from hypermaml.explore.controls import MOST_POINTS, as_count, points_of, rounded, values_of
from hypermaml.explore.scene import AbstractScene, as_json, info_of, support_for
from hypermaml.families.examples import Examples
from hypermaml.families.table import TableFamily

LISTED = 100  # tasks that one may begin with
LINE, SIDE = 100, 21  # inputs of a curve, and of each side of a field
SCORES = {"mse": "Mean squared error", "accuracy": "Accuracy (higher is better)"}


class TableScene(AbstractScene):
    """Tasks of recorded examples with one or two numeric inputs: a table, or arrays."""

    def __init__(self, methods: Mapping[str, Trained], steps: int):
        first = next(iter(methods.values()))
        split, key = first.family.test_splits[0], jax.random.key(first.seed)
        count = min(first.family.count(split) or 0, LISTED)
        super().__init__(methods, steps, first.family.sample(count, split=split, key=key), count)
        family = self.family
        self.kind = "curve" if family.input_shape == (1,) or len(inputs_of(family)) == 1 else "field"
        self.about = f"Tasks of {type(family).__name__}: its held-out ones, or one that you describe."
        self.names_of_inputs, self.places, self.mean, self.deviation = layout(family)
        target = family.columns.target if isinstance(family, TableFamily) else None
        self.target = ("y", 0.0, 1.0) if target is None else (target.name, target.mean, target.deviation)
        training = np.asarray(family.members[0])
        real = np.arange(family.x.shape[1]) < np.asarray(family.lengths)[training][:, None]
        self.x, self.y = self.raw_inputs(family.x), self.raw_outputs(family.y)
        self.bounds = [_range(self.x[training][real][:, place]) for place in range(len(self.places))]
        self.height = (0.0, 1.0) if family.classes else _range(self.y[training][real])
        self.description = controls(family, np.asarray(family.descriptions)[training]) if self.reads else []
        support_key, query_key = jax.random.split(jax.random.fold_in(key, 1))
        sets = family.test_sets(self.tasks, support_key=support_key, query_key=query_key)
        self.supports, self.queries = jax.tree.map(np.asarray, sets)
        lines = [np.linspace(*bounds, LINE if self.kind == "curve" else SIDE) for bounds in self.bounds]
        self.lines = lines
        grid = np.stack([each.ravel() for each in np.meshgrid(*lines, indexing="ij")], axis=1)
        self.grid = family.as_inputs(grid)

    def raw_inputs(self, x: Any) -> np.ndarray:
        """Return inputs in the units of the user."""
        return np.asarray(x)[..., self.places] * self.deviation + self.mean

    def raw_outputs(self, y: Any) -> np.ndarray:
        """Return outputs in the units of the user; of two classes 0 and 1."""
        return (
            np.asarray(y, float).reshape(np.shape(y)[: np.ndim(y) - len(self.family.output_shape)]) * self.target[2]
            + self.target[1]
        )

    def names(self) -> list[str]:
        return self.family.titles(self.tasks) or super().names()

    def axes(self) -> dict[str, Any]:
        bounds = zip(self.names_of_inputs, self.bounds, strict=True)
        axes = [{"name": name, "least": rounded(low), "most": rounded(high)} for name, (low, high) in bounds]
        pad = 0.06 * (self.height[1] - self.height[0])
        classes = [str(value) for value in self.family.class_values]
        metric = self.family.metric
        return {
            "inputs": axes,
            "output": {
                "name": f"probability of {self.target[0]} = {classes[1]}" if classes else self.target[0],
                "least": rounded(self.height[0] - pad),
                "most": rounded(self.height[1] + pad),
                "classes": classes or None,
            },
            "grid": as_json(self.lines[0]) if self.kind == "curve" else [as_json(line) for line in self.lines],
            "points": {"most": MOST_POINTS, "relative": False},
            "score": f"{SCORES.get(metric, metric)} on the other rows of the task",
        }

    def task(self, number: int) -> dict[str, Any]:
        place = self.number(number)

        def rows(batch: Any) -> np.ndarray:
            own = jax.tree.map(lambda leaf: leaf[place], batch)
            kept = np.concatenate([self.raw_inputs(own.x), self.raw_outputs(own.y)[:, None]], axis=1)
            return kept[own.mask > 0]

        return {
            "task": place,
            "description": described(self.description, self.family, int(self.tasks[place])),
            "truth": {},
            "points": as_json(rows(self.supports)[:MOST_POINTS]),
            "rows": as_json(rows(self.queries)),
        }

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        place = as_count("the task", request.get("task"), self.count)
        values = values_of(self.description, request.get("description"), "the description")
        given = encoded_description(self.family, values)
        points = np.asarray(points_of(request.get("points"), len(self.places) + 1)).reshape(-1, len(self.places) + 1)
        x, y = encoded_points(self.family, points)
        query = jax.tree.map(lambda leaf: leaf[place], self.queries)

        def run(name: str, trained: Trained) -> dict[str, Any]:
            support, read = support_for(
                trained,
                lambda: Examples(padded(x, MOST_POINTS), padded(y, MOST_POINTS), mask_of(len(x), MOST_POINTS)),  # pyright: ignore[reportArgumentType]
                lambda: Examples(x, y, mask_of(len(x), len(x))),  # pyright: ignore[reportArgumentType]
                len(x),
            )
            info = info_of(given, given, read)
            outputs, scores = predictions(trained.method, self.bare[name], info, support, self.grid, query, self.steps)
            return {"outputs": outputs, "scores": scores}

        return {"methods": self.each_method(run), "truth": None, "points": as_json(points)}


def _range(values: np.ndarray) -> tuple[float, float]:
    """Return the lowest and the highest finite value, apart from each other."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    return (low, high) if high > low else (low - 1, high + 1)
