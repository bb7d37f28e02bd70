"""Sampling, the meta-gradient and a whole TRPO iteration on navigation: 20 tasks × 20 trajectories × 100 steps.

One inner step. The meta-gradient of MAML's policy (2×100, ReLU) is told as a share of the machine's matrix-product
peak. Its operations are counted by hand: for each of a task's 2,000 support and 2,000 query samples the matrix
products of a forward and a backward pass, and for the support those of one Hessian-vector product; a multiplication
with an addition counts as two, elementwise work as none. That is 9.888 GFLOP.

The rest has a policy of 2×64, tanh: the meta-gradient, what samples it, and a whole MAML-TRPO meta-iteration of the
package's training loop, sampling included, with curvature on all samples and on every tenth step. The conjugate
gradients take six products, with which navigation learns as with the default of ten (`benchmarks/trust_region.py`).
Goals: a share of 0.5, and 12 and 4 meta-gradients. All take turns in one run; times are medians, compilation is not
counted.

`python benchmarks/navigation.py [--quick]`; the last line is one JSON object, times in seconds.
"""

import argparse
import itertools
import json
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from timing import interleaved

import hypermaml as hm
from hypermaml._core.collect import Data, collect
from hypermaml._core.meta_loss import meta_gradient
from hypermaml._core.method import Method
from hypermaml._core.system import System
from hypermaml._core.train import train
from hypermaml.families.navigation import Navigation
from hypermaml.methods.maml import MAML

TASKS, INNER_LR, INNER_CLIP = 20, 0.1, 5.0
PEAK_SIZES = (1024, 2048)
PRODUCTS = 6


def operations(family: Navigation) -> float:
    """Floating-point operations of the meta-gradient, counted as above."""
    sizes = (family.observation_size, *family.hidden, family.environment.action_size)
    layers = [a * b for a, b in itertools.pairwise(sizes)]
    every, later = sum(layers), sum(layers[1:])  # nothing is passed back through the first layer
    gradient, product = 2 * every + later, 2 * every + 4 * later
    samples = TASKS * family.environment.horizon
    return 2.0 * samples * (family.shots * (gradient + product) + family.queries * gradient)


def system_of(family: Navigation, **settings: Any) -> System:
    """MAML on the family."""
    return MAML(inner_lr=INNER_LR, inner_clip=INNER_CLIP, **settings).build(family, key=jax.random.key(0))


def stages(family: Navigation) -> tuple[Callable[[], Data], Callable[[], Method]]:
    """The two stages of a meta-iteration: sampling, and the meta-gradient on what it gave."""
    system, key = system_of(family), jax.random.key(1)
    tasks = family.sample(TASKS, split="meta-train", key=key)
    sample = eqx.filter_jit(lambda method, tasks: collect(method, system.objective, family, tasks, key=key))
    gradient = eqx.filter_jit(lambda method, data: meta_gradient(method, system.objective, family, data)[0])
    data = sample(system.method, tasks)
    return lambda: sample(system.method, tasks), lambda: gradient(system.method, data)


def trpo(family: Navigation, stride: int) -> Callable[[], Any]:
    """Whole meta-iterations of MAML-TRPO, one after the other."""
    system = system_of(family, outer=hm.TRPO(curvature_stride=stride, conjugate_gradient_iterations=PRODUCTS))
    states = train(system, family, iterations=10**9, meta_batch=TASKS, chunk=1, key=jax.random.key(2))
    return lambda: eqx.filter(next(states), eqx.is_array)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 rounds instead of 21")
    rounds = 3 if parser.parse_args().quick else 21
    relu, tanh = Navigation(), Navigation(hidden=(64, 64), activation=jnp.tanh)
    functions = {"trpo_iteration": trpo(tanh, 1), "trpo_iteration_subsampled": trpo(tanh, 10)}
    functions["sampling"], functions["meta_gradient"] = stages(tanh)
    functions["relu_sampling"], functions["relu_meta_gradient"] = stages(relu)
    product = jax.jit(lambda x: x @ x)
    matrices = {size: jax.random.normal(jax.random.key(0), (size, size)) for size in PEAK_SIZES}
    products = {f"product_{size}": lambda x=x: product(x) for size, x in matrices.items()}
    seconds = interleaved({**functions, **products}, rounds=rounds)
    peak = max(2 * size**3 / seconds[f"product_{size}"] for size in PEAK_SIZES)
    rate = operations(relu) / seconds["relu_meta_gradient"]
    figures = {
        "meta_gradient_share_of_peak": rate / peak,
        "meta_gradient_gflops": rate / 1e9,
        "peak_gflops": peak / 1e9,
        "trpo_iteration_in_meta_gradients": seconds["trpo_iteration"] / seconds["meta_gradient"],
        "trpo_iteration_subsampled_in_meta_gradients": seconds["trpo_iteration_subsampled"] / seconds["meta_gradient"],
    }
    print(json.dumps({**figures, **{f"{name}_s": seconds[name] for name in functions}}))


if __name__ == "__main__":
    main()
