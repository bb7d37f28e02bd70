"""Sine curves on the page: sliders for amplitude and phase, and points that keep their distance from the true curve."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hypermaml.apply.trained import Trained
from hypermaml.explore.adaptation import Padded, mask_of, padded, predictions
from hypermaml.explore.controls import MOST_POINTS, points_of, rounded, slider, values_of, within
from hypermaml.explore.scene import TASKS, AbstractScene, as_json, info_of, support_for
from hypermaml.families.regression import GRID, INPUT, Examples
from hypermaml.families.sine import Curve

NAMES = ("amplitude", "phase")
DRAWN = 1000  # tasks of each split whose range the sliders have


class SineScene(AbstractScene):
    """Curves of a run of `sine` or `clustered-sine`."""

    kind = "curve"

    def __init__(self, methods: Mapping[str, Trained], steps: int):
        first = next(iter(methods.values()))
        key = jax.random.key(first.seed)
        super().__init__(methods, steps, first.family.sample(TASKS, split="meta-test", key=key), TASKS)
        splits = [self.family.sample(DRAWN, split=split, key=key) for split in self.family.splits]
        every = {name: np.concatenate([np.asarray(getattr(each, name)) for each in splits]) for name in NAMES}
        self.truth = [slider(name, values.tolist()) for name, values in every.items()]
        how = self.family.description if self.reads else "none"
        kept = {"full": 2, "noisy": 2, "partial": 1}.get(how, 0)
        self.description = self.truth[:kept]
        if how == "noisy":
            spread = zip(self.truth, self.family.noise, strict=True)
            self.description = [slider(each.name, (each.least - 3 * sd, each.most + 3 * sd)) for each, sd in spread]
        self.linked = how in ("full", "partial")
        self.about = "Sine curves of unknown amplitude and phase."
        self.grid = np.linspace(*INPUT, GRID, dtype=np.float32)
        self.height = max(abs(value) for value in (self.truth[0].least, self.truth[0].most))
        keys = jax.random.split(jax.random.fold_in(key, 1), TASKS)
        self.supports = jax.vmap(lambda task, key: self.family.batch(None, task, size=self.family.shots, key=key))(
            self.tasks, keys
        )
        self.infos = jax.vmap(lambda task, key: self.family.task_info(task, key=key))(self.tasks, keys)

    def axes(self) -> dict[str, Any]:
        high = rounded(1.05 * self.height)
        return {
            "inputs": [{"name": "x", "least": INPUT[0], "most": INPUT[1]}],
            "output": {"name": "y", "least": -high, "most": high},
            "grid": as_json(self.grid),
            "points": {"most": MOST_POINTS, "relative": True},
            "score": "Mean squared error against the true curve",
        }

    def task(self, number: int) -> dict[str, Any]:
        place = self.number(number)
        given, true = self.infos.description[place][: len(self.description)], np.asarray(self.infos.parameters[place])
        x, y = np.asarray(self.supports.x[place])[:MOST_POINTS], np.asarray(self.supports.y[place])[:MOST_POINTS]
        own = y - self.curve(true, x)
        return {
            "description": within(self.description, given),
            "truth": within(self.truth, true),
            "points": as_json(np.stack([x, own], axis=1)),
        }

    @staticmethod
    def curve(true: Sequence[float] | np.ndarray, x: np.ndarray) -> np.ndarray:
        """Return the outputs of the true curve, of this amplitude and phase."""
        amplitude, phase = (jnp.asarray(value, jnp.float32) for value in true)
        return np.asarray(Curve(amplitude, phase)(jnp.asarray(x, jnp.float32)))

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        described = list(values_of(self.description, request.get("description"), "the description").values())
        true = list(values_of(self.truth, request.get("truth"), "the true task").values())
        points = np.asarray(points_of(request.get("points"), 2), np.float32).reshape(-1, 2)
        line = self.curve(true, np.concatenate([self.grid, points[:, 0]]))
        x, y = points[:, 0], line[GRID:] + points[:, 1]
        query = Examples(self.grid, line[:GRID])  # pyright: ignore[reportArgumentType]

        def run(name: str, trained: Trained) -> dict[str, Any]:
            support, read = support_for(
                trained,
                lambda: Padded(
                    Examples(padded(x, MOST_POINTS), padded(y, MOST_POINTS)),  # pyright: ignore[reportArgumentType]
                    mask_of(len(x), MOST_POINTS),  # pyright: ignore[reportArgumentType]
                ),
                lambda: Examples(x, y),  # pyright: ignore[reportArgumentType]
                len(x),
            )
            info = info_of(described, true, read)
            outputs, scores = predictions(trained.method, self.bare[name], info, support, self.grid, query, self.steps)
            return {"outputs": outputs, "scores": scores}

        return {
            "methods": self.each_method(run),
            "truth": as_json(line[:GRID]),
            "points": as_json(np.stack([x, y], axis=1)),
        }
