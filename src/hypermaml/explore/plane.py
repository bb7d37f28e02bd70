"""2D navigation on the page: a goal to drag, rollouts of the start, and the walk after each inner step."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hypermaml.apply.trained import Trained
from hypermaml.explore.adaptation import walks
from hypermaml.explore.controls import Slider, as_count, rounded, values_of, within
from hypermaml.explore.scene import TASKS, AbstractScene, as_json, info_of
from hypermaml.families.navigation import OUTSIDE_GOAL

NAMES = ("goal x", "goal y")
DRAWS = 1000  # different rollouts


class PlaneScene(AbstractScene):
    """Goals of a run of `navigation`."""

    kind = "plane"

    def __init__(self, methods: Mapping[str, Trained], steps: int):
        first = next(iter(methods.values()))
        key = jax.random.key(first.seed)
        super().__init__(methods, steps, first.family.sample(TASKS, split="meta-test", key=key), TASKS)
        how = self.family.description if self.reads else "none"
        self.far = rounded(OUTSIDE_GOAL + 3 * self.family.noise * (how == "noisy"))
        self.truth = [_slider(name, OUTSIDE_GOAL) for name in NAMES]
        self.goal = [_slider(name, self.far) for name in NAMES][: {"full": 2, "noisy": 2, "partial": 1}.get(how, 0)]
        self.description = self.goal
        self.linked = how in ("full", "partial")
        self.about = "A point that starts at the origin and walks to an unknown goal."
        keys = jax.random.split(jax.random.fold_in(key, 1), TASKS)
        self.infos = jax.vmap(lambda task, key: self.family.task_info(task, key=key))(self.tasks, keys)
        self.keys = jax.random.split(key, DRAWS)

    def axes(self) -> dict[str, Any]:
        axis = {"least": rounded(-1.1 * self.far), "most": rounded(1.1 * self.far)}
        return {
            "inputs": [{"name": "x", **axis}, {"name": "y", **axis}],
            "draws": DRAWS,
            "score": "Return of the walk (higher is better)",
        }

    def task(self, number: int) -> dict[str, Any]:
        place = self.number(number)
        given, true = self.infos.description[place][: len(self.goal)], np.asarray(self.tasks[place])
        return {
            "description": within(self.goal, given),
            "truth": within(self.truth, true),
        }

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        described = list(values_of(self.description, request.get("description"), "the description").values())
        goal = list(values_of(self.truth, request.get("truth"), "the true task").values())
        key = self.keys[as_count("the number of the rollouts", request.get("draw"), DRAWS)]

        def run(name: str, trained: Trained) -> dict[str, Any]:
            info, task = info_of(described, goal), jnp.asarray(goal, jnp.float32)
            found = walks(trained.method, self.bare[name], info, task, self.steps, key=key)
            return dict(zip(("outputs", "rollouts", "scores"), found, strict=True))

        return {"methods": self.each_method(run), "truth": as_json(goal)}


def _slider(name: str, far: float) -> Slider:
    return Slider(name, name, -far, far, 0.0, 0.01)
