"""What an inner step does to an untrained policy, by the size of the policy's first weights.

The directions of the half cheetah and of the ant, at the MAML paper's size but with 20 tasks: 200 actions, 20
trajectories (40 of the ant), inner rate 0.1, no clip. `package` draws weights and biases uniform in ±1/√inputs. `paper`
draws weights uniform in ±√(6 / (inputs + outputs)), and biases are zero. `package, rate 1` has the inner rate 1.
`divergence` is the mean KL divergence from the policy before the step to the one after it, in nats for an action.
`before` and `after` are mean returns on the same tasks. Each is a mean over `--rounds` sets of tasks, with the half
width of a 95% interval.

`python benchmarks/first_weights.py [--rounds 8] [--quick]`; the last line is one JSON object.
"""

import argparse
import json
import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import hypermaml as hm
from hypermaml._core.collect import Data, collect
from hypermaml._core.meta_loss import adapted
from hypermaml._core.method import Method
from hypermaml._misc.intervals import half_width
from hypermaml.families.locomotion import Locomotion
from hypermaml.sim.body import Ant, HalfCheetah
from hypermaml.sim.track import Track

CASES = {"package": 0.1, "paper": 0.1, "package, rate 1": 1.0}


def as_in_paper(layer: Any) -> Any:
    """Return a layer with the paper's first weights, made from those of the package."""
    if not isinstance(layer, eqx.nn.Linear):
        return layer
    outputs, inputs = layer.weight.shape
    new = layer.weight * math.sqrt(6 * inputs / (inputs + outputs)), jnp.zeros(outputs)
    return eqx.tree_at(lambda layer: (layer.weight, layer.bias), layer, new)


def measure(family: Locomotion, case: str, tasks: int, rounds: int) -> dict[str, Any]:
    """Return the divergence and the returns of a case."""
    key = jax.random.key(1)
    system = hm.MAML(inner_lr=CASES[case], inner_clip=math.inf, outer=hm.TRPO()).build(family, key=key)
    method, objective = system.method, system.objective
    if case == "paper":
        method = jax.tree.map(as_in_paper, method, is_leaf=lambda leaf: isinstance(leaf, eqx.nn.Linear))

    @eqx.filter_jit
    def divergences(method: Method, data: Data) -> Float[Array, " task"]:
        def of_task(state: Any, data: Data) -> Array:
            learners, _ = adapted(method, state, objective, family, data)
            query = data.query[-1]
            before, after = (family.distribution(each, query) for each in (method.adapt.learner(state), learners[-1]))
            return jnp.sum(before.divergence_to(after) * query.mask) / jnp.sum(query.mask)

        return jax.lax.map(lambda both: of_task(*both), (jax.vmap(method.start)(data.task_info), data))

    rows = []
    for each in jax.random.split(key, rounds):
        data = collect(method, objective, family, family.sample(tasks, split="meta-train", key=each), key=each)
        returns = [float(jnp.mean(jnp.sum(e.rewards * e.mask, -1))) for e in (data.support, data.query[-1])]
        rows.append([float(jnp.mean(divergences(method, data))), *returns, returns[1] - returns[0]])
    table = np.array(rows)
    return {
        name: [float(f"{column.mean():.3g}"), float(f"{half_width(column):.2g}")]
        for name, column in zip(("divergence", "before", "after", "gain"), table.T, strict=True)
    }


def main() -> None:
    """Measure each case, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--quick", action="store_true", help="small sizes, two rounds")
    asked = parser.parse_args()
    found: dict[str, Any] = {}
    for name, body, size in (("half cheetah", HalfCheetah(), 20), ("ant", Ant(), 40)):
        tasks, size, horizon = (2, 2, 20) if asked.quick else (20, size, 200)
        family = Locomotion(environment=Track(body, "direction", horizon=horizon), shots=size, queries=size)
        for case in CASES:
            found[f"{name}, {case}"] = measure(family, case, tasks, 2 if asked.quick else asked.rounds)
            print(name, case, found[f"{name}, {case}"], flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
