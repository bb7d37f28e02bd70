"""What a step of MAML-TRPO is worth, by its conjugate-gradient iterations and the time steps of its curvature.

MAML trains on the direction of the half cheetah (20 tasks, 20 trajectories of 100 steps), by default with ten
iterations and curvature from every tenth time step. In each meta-iteration every variant finds its own direction from
the same data. The direction is judged on other tasks and trajectories: by the gradient along it, over the root of the
curvature along it, which is what a step of a given divergence is expected to gain. `gain` is the mean over
meta-iterations as a share of that of the default, with the half width of an interval of 95% of the paired difference
over meta-iterations. A variant with `known` begins from its own direction of the meta-iteration before, scaled; that
takes one product with the curvature more.

`python benchmarks/curvature.py [--iterations 40] [--quick]`; the last line is one JSON object.
"""

import argparse
import json
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

import hypermaml as hm
from hypermaml._core.collect import Data, collect
from hypermaml._core.method import Method
from hypermaml._core.trees import split_trainable
from hypermaml._misc.intervals import half_width
from hypermaml.families.locomotion import Locomotion
from hypermaml.outer.trpo import TrustRegion, curvature, meta_gradient
from hypermaml.sim.body import HalfCheetah
from hypermaml.sim.track import Track

STRIDES, FEWER, MOST = (10, 20, 40), (2, 3, 4, 5, 6, 8), 10
KNOWN = (1, 2, 3, 4)
DAMPING = TrustRegion().damping
DEFAULT = f"stride 10, {MOST} iterations"


def iterates(product: Callable[[Array], Array], target: Array, known: Array, count: int) -> Float[Array, "count n"]:
    """Return the iterates of the conjugate gradients that begin at the best multiple of a known direction."""
    image = product(known)
    square = known @ image
    share = jnp.where(square > 0, jnp.maximum(known @ target, 0) / jnp.maximum(square, 1e-30), 0.0)

    def step(carry: tuple[Array, ...], _: None) -> tuple[tuple[Array, ...], Array]:
        x, residual, direction = carry
        image = product(direction)
        before = residual @ residual
        rate = before / jnp.maximum(direction @ image, 1e-30)
        x, left = x + rate * direction, residual - rate * image
        return (x, left, left + (left @ left) / jnp.maximum(before, 1e-30) * direction), x

    residual = target - share * image
    return jax.lax.scan(step, (share * known, residual, residual), None, length=count)[1]


def main() -> None:
    """Train, judge each direction, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, default=40)
    parser.add_argument("--quick", action="store_true", help="small sizes, two meta-iterations")
    asked = parser.parse_args()
    tasks, size, horizon = (2, 2, 40) if asked.quick else (20, 20, 100)
    family = Locomotion(environment=Track(HalfCheetah(), "direction", horizon=horizon), shots=size, queries=size)
    key = jax.random.key(1)
    system = hm.MAML(inner_lr=0.1, outer=hm.TRPO(max_divergence=0.02)).build(family, key=key)
    objective = system.objective

    def downhill(method: Method, data: Data) -> Array:
        return -ravel_pytree(meta_gradient(method, objective, family, data)[0])[0]

    def products(method: Method, data: Data, stride: int) -> Callable[[Array], Array]:
        product = curvature(method, objective, family, data, stride=stride)
        unflatten = ravel_pytree(split_trainable(method)[0])[1]
        return lambda vector: ravel_pytree(product(unflatten(vector)))[0] + DAMPING * vector

    @eqx.filter_jit
    def directions(method: Method, data: Data, known: dict[str, Array]) -> dict[str, Array]:
        target, found = downhill(method, data), {}
        for stride in STRIDES:
            product = products(method, data, stride)
            names = [f"stride {stride}, {count} iterations, known" for count in KNOWN]
            starts = jnp.stack([jnp.zeros_like(target), *(known[name] for name in names)])
            cold, *warm = jax.lax.map(lambda start, product=product: iterates(product, target, start, MOST), starts)
            found |= {f"stride {stride}, {count} iterations": cold[count - 1] for count in (*FEWER, MOST)}
            found |= {name: path[count - 1] for name, count, path in zip(names, KNOWN, warm, strict=True)}
        return found

    @eqx.filter_jit
    def gains(method: Method, data: Data, steps: Float[Array, "step n"]) -> Float[Array, " step"]:
        target, product = downhill(method, data), products(method, data, STRIDES[0])
        return jax.lax.map(lambda step: step @ target / jnp.sqrt(jnp.maximum(step @ product(step), 1e-30)), steps)

    update = eqx.filter_jit(lambda method, data: system.outer.update(None, method, objective, family, data)[1])
    method = system.method
    nothing = jnp.zeros_like(ravel_pytree(split_trainable(method)[0])[0])
    known: dict[str, Any] = {f"stride {s}, {count} iterations, known": nothing for s in STRIDES for count in KNOWN}
    rows: list[np.ndarray] = []
    names: list[str] = []
    for iteration in range(2 if asked.quick else asked.iterations):
        here, there = (
            collect(method, objective, family, family.sample(tasks, split="meta-train", key=each), key=each)
            for each in jax.random.split(jax.random.fold_in(key, iteration))
        )
        found = directions(method, here, known)
        known = {name: found[name] for name in known}
        names = list(found)
        rows.append(np.asarray(gains(method, there, jnp.stack(list(found.values())))))
        method = update(method, here)
        adapted = here.query[-1]
        print(f"{iteration}: return {float(jnp.mean(jnp.sum(adapted.rewards * adapted.mask, -1))):.1f}", flush=True)
    table = np.array(rows)
    default = table[:, names.index(DEFAULT)]
    shares = {
        name: {
            "gain": round(float(column.mean() / default.mean()), 3),
            "half": round(float(half_width(column - default) / default.mean()), 3),
        }
        for name, column in zip(names, table.T, strict=True)
    }
    print(json.dumps({"iterations": len(rows), "gains": shares}))


if __name__ == "__main__":
    main()
