"""Sampling grasps: the closed loop beside its physics alone, and the scripted grasp on every kind of object.

Closed loop: rollouts of 20 policies (2×64, tanh, an object each) with 20 trajectories each, as the package samples
them. The ceiling is the same simulations with the same models, stepped from the same states with the motors' signals of
the closed loop, and nothing else; the share is that of the time that physics takes. Both take turns in one run; times
are medians, compilation is not counted.

The scripted grasp: the share of objects of each kind that it lifts and holds, as meta-training draws them, of the sizes
and of the class that are held out (`--quick`: fewer objects); and of a script that knows neither yaw nor kind.

`python benchmarks/grasp.py [--quick]`; the last line is one JSON object.
"""

import argparse
import json
import os
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from timing import interleaved

from hypermaml.families.grasp import Grasping
from hypermaml.families.script import Script
from hypermaml.rl.host import Draws
from hypermaml.sim.grasp import Grasp, success
from hypermaml.sim.host import Simulations
from hypermaml.sim.rollout import rollout
from hypermaml.sim.shape import KINDS, GraspObject

TASKS, SIZE = 20, 20
KEY = jax.random.key(1)


def closed_loop(family: Grasping, tasks: GraspObject) -> Callable[[], Any]:
    """A rollout of untrained policies."""
    learners = jax.vmap(lambda key: family.learner(key=key))(jax.random.split(jax.random.key(0), TASKS))
    return lambda: rollout(learners, family.environment, tasks, size=SIZE, key=KEY)[0]


class Recorded(Grasp):
    """Grasping that keeps the signals of the motors."""

    def drive(self, now: Any, action: Any) -> Any:
        """Keeps them."""
        signal = super().drive(now, action)
        SIGNALS.append(signal.copy())
        return signal


SIGNALS: list[np.ndarray] = []


def ceiling(family: Grasping, tasks: GraspObject) -> Callable[[], None]:
    """The physics of that rollout alone."""
    learners = jax.vmap(lambda key: family.learner(key=key))(jax.random.split(jax.random.key(0), TASKS))
    environment = Recorded(family.environment.horizon)
    rollout(learners, environment, tasks, size=SIZE, key=KEY)
    each = jax.tree.map(lambda leaf: np.repeat(np.asarray(leaf), SIZE, axis=0), tasks)
    position, velocity = environment.start(each, Draws(KEY, range(TASKS)))
    simulated, models = Simulations(environment.machine, TASKS * SIZE), environment.models(each)
    moving = np.ones(TASKS * SIZE, bool)

    def replay() -> None:
        simulated.reset(position, velocity, models=models)
        for signal in SIGNALS:
            simulated.step(signal, moving)

    return replay


def scripted(unseen: Any, split: Any, count: int, *, blind: bool = False) -> dict[str, float]:
    """The share of objects of each kind that the script lifts and holds, from one start each.

    Args:
        unseen: what is held out.
        split: of the objects.
        count: of the objects.
        blind: whether it knows neither yaw nor kind, and moves above the middle alone.
    """
    family = Grasping(unseen=unseen)
    tasks = family.sample(count, split=split, key=KEY)
    known = tasks._replace(yaw=0.0 * tasks.yaw, kind=0 * tasks.kind) if blind else tasks
    held = success(rollout(jax.vmap(Script)(known), Grasp(), tasks, size=1, key=KEY, sampled=False)[1].step_metric)[
        :, 0
    ]
    kinds = np.asarray(tasks.kind)
    found = {name: held[kinds == index] for index, name in enumerate(KINDS)}
    shares = {name: round(float(each.mean()), 3) for name, each in found.items() if len(each)}
    return shares | {"all": round(float(held.mean()), 3)}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, fewer objects")
    quick = parser.parse_args().quick
    rounds, count = (3, 50) if quick else (15, 500)
    family = Grasping()
    tasks = family.sample(TASKS, split="meta-train", key=KEY)
    times = interleaved({"closed_loop": closed_loop(family, tasks), "physics": ceiling(family, tasks)}, rounds=rounds)
    steps = TASKS * SIZE * family.environment.horizon
    figures: dict[str, Any] = {
        "cores": len(os.sched_getaffinity(0)),
        "environments": TASKS * SIZE,
        "grasp_share_of_physics": round(times["physics"] / times["closed_loop"], 3),
        "steps_per_s": {name: round(steps / seconds) for name, seconds in times.items()},
    }
    for name, unseen, split in (
        ("training", "sizes", "meta-train"),
        ("unseen_sizes", "sizes", "extrapolation"),
        ("unseen_class", "class", "extrapolation"),
    ):
        figures[f"script_{name}"] = scripted(unseen, split, count)
        print(f"the script on {name}: {figures[f'script_{name}']}")
    figures["blind_script_training"] = scripted("sizes", "meta-train", count, blind=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
