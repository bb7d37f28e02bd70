"""The learning curve of MAML-TRPO by the settings of its step, on navigation or on the direction of the half cheetah.

20 tasks of 20 trajectories of 100 steps, one inner step. Every variant has the same seeds, hence the same start, tasks
and random numbers. The curve is the mean return after the inner step of the query trajectories of each meta-iteration,
which are of fresh tasks. `last` is its mean over the last quarter of the meta-iterations, `area` that over all of them,
each as a mean over seeds; `last_difference` and `area_difference` are the paired differences from the first variant
with the half width of an interval of 95%.

`python benchmarks/trust_region.py [--family navigation] [--strides 10] [--products 10 5] [--seeds 3]
[--iterations 60]`; the last line is one JSON object.
"""

import argparse
import json
import time
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import hypermaml as hm
from hypermaml._core.collect import Data, collect
from hypermaml._core.family import AbstractFamily
from hypermaml._misc.intervals import half_width
from hypermaml.families.locomotion import Locomotion
from hypermaml.families.navigation import Navigation
from hypermaml.run.environment import environment
from hypermaml.sim.body import HalfCheetah
from hypermaml.sim.track import Track

TASKS = 20
FAMILIES = {
    "navigation": lambda: (Navigation(hidden=(64, 64), activation=jnp.tanh), {"inner_lr": 0.1, "inner_clip": 5.0}),
    "halfcheetah-direction": lambda: (
        Locomotion(environment=Track(HalfCheetah(), "direction", horizon=100), shots=20, queries=20),
        {"inner_lr": 0.1},
    ),
}


def curves(family: AbstractFamily, settings: dict[str, Any], outer: hm.TRPO, seeds: int, iterations: int) -> np.ndarray:
    """Return the mean return after the inner step, of each seed and meta-iteration."""

    def gather(method: Any, system: Any, key: jax.Array) -> Data:
        tasks = family.sample(TASKS, split="meta-train", key=key)
        return collect(method, system.objective, family, tasks, key=jax.random.fold_in(key, 1))

    @eqx.filter_jit
    def update(method: Any, system: Any, data: Data) -> tuple[Any, jax.Array]:
        query = data.query[-1]
        reached = jnp.mean(jnp.sum(query.rewards * query.mask, -1))
        return system.outer.update(None, method, system.objective, family, data)[1], reached

    draw = gather if family.on_host else eqx.filter_jit(gather)  # a simulator on the host is not compiled

    rows = []
    for seed in range(seeds):
        key = jax.random.key(seed)
        system = hm.MAML(**settings, outer=outer).build(family, key=key)
        method, row = system.method, []
        for iteration in range(iterations):
            data = draw(method, system, jax.random.fold_in(key, iteration))
            method, reached = update(method, system, data)
            row.append(float(reached))
        rows.append(row)
    return np.array(rows)


def main() -> None:
    """Train, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", choices=FAMILIES, default="navigation")
    parser.add_argument("--strides", type=int, nargs="+", default=[10])
    parser.add_argument("--products", type=int, nargs="+", default=[10, 5])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=60)
    parser.add_argument("--quick", action="store_true", help="two meta-iterations of two seeds")
    asked = parser.parse_args()
    seeds, iterations = (2, 2) if asked.quick else (asked.seeds, asked.iterations)
    family, settings = FAMILIES[asked.family]()
    found: dict[str, Any] = {}
    first: np.ndarray | None = None
    for stride in asked.strides:
        for products in asked.products:
            begun = time.perf_counter()
            outer = hm.TRPO(curvature_stride=stride, conjugate_gradient_iterations=products)
            rows = curves(family, settings, outer, seeds, iterations)
            parts = np.stack([rows[:, -max(iterations // 4, 1) :].mean(1), rows.mean(1)])
            first = parts if first is None else first
            entry = {"last": parts[0].mean(), "area": parts[1].mean()}
            for name, difference in zip(("last", "area"), parts - first, strict=True):
                entry[f"{name}_difference"], entry[f"{name}_half"] = difference.mean(), half_width(difference)
            name = f"stride {stride}, {products} products"
            found[name] = {key: round(float(value), 3) for key, value in entry.items()}
            found[name]["curve"] = np.round(rows.mean(0)[:: max(iterations // 12, 1)], 2).tolist()
            print(name, found[name], f"{time.perf_counter() - begun:.0f} s", flush=True)
    figures = {"family": asked.family, "seeds": seeds, "iterations": iterations, "variants": found}
    print(json.dumps(figures | {"environment": environment()}))


if __name__ == "__main__":
    main()
