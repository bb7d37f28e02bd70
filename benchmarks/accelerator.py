"""What an accelerator gives: seeds side by side, a half cheetah on MJX, a step of a language model in bfloat16.

- `sine`, `navigation`: seconds of a meta-iteration of HyperMAML for 1, 8 and 64 seeds that train in one vmapped
  program, and `seeds_for_one`, the time of all of them over that of one.
- `cheetah`: MAML-TRPO on the direction of the half cheetah, MJX within the compiled iteration, at the MAML paper's 40
  tasks of 20 trajectories of 200 steps: seconds of an iteration, the share of it that the physics alone takes, and the
  mean return after the inner step in the first and the last five iterations of those that fit.
- `decoder`: the gradient through an inner step of the adapters of a decoder with the shape of SmolLM2-135M and random
  weights, in float32 and bfloat16, and the time of one plain gradient of each.

`python benchmarks/accelerator.py [--seconds 400] [--quick]` ends within the seconds and some compilation. It prints a
JSON object after each part; the last line has all of them. `--quick` tries every part at small sizes, on a CPU too.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import language
import numpy as np

import hypermaml as hm
from hypermaml._core.collect import collect
from hypermaml._core.train import TrainState, chunk_on_device, draw_tasks, start, update_once
from hypermaml.families.locomotion import DeviceLocomotion
from hypermaml.lm.weights import draw_decoder
from hypermaml.sim.body import HalfCheetah
from hypermaml.sim.device import DeviceTrack
from hypermaml.sim.track import Track

SEEDS = (1, 8, 64)


def seconds_of(call: Callable[[], Any], *, least: float) -> float:
    """Return the median seconds of a call after the first, over at least three calls and `least` seconds."""
    jax.block_until_ready(call())
    taken: list[float] = []
    while len(taken) < 3 or sum(taken) < least:
        begin = time.perf_counter()
        jax.block_until_ready(call())
        taken.append(time.perf_counter() - begin)
    return float(np.median(taken))


def side_by_side(family: Any, config: Any, seeds: int, *, meta_batch: int, length: int, least: float) -> float:
    """Return the seconds of a meta-iteration in which this number of seeds train as one program."""
    keys = jax.random.split(jax.random.key(0), seeds)
    built = [start(config.build(family, key=key)) for key in keys]
    arrays = jax.tree.map(lambda *leaves: jnp.stack(leaves), *(eqx.filter(state, eqx.is_array) for state in built))
    rest, system = eqx.filter(built[0], eqx.is_array, inverse=True), config.build(family, key=keys[0])

    @jax.jit
    def train(arrays: Any, keys: Any) -> Any:
        def one(arrays: Any, key: Any) -> Any:
            state: TrainState = eqx.combine(arrays, rest)
            state, _ = chunk_on_device(state, system, family, meta_batch, length, jnp.asarray(10_000), key)
            return eqx.filter(state, eqx.is_array)

        return jax.vmap(one)(arrays, keys)

    return seconds_of(lambda: train(arrays, keys), least=least) / length


def of_seeds(family: Any, config: Any, *, quick: bool, meta_batch: int, length: int) -> dict[str, Any]:
    """Return the seconds of an iteration by the number of seeds, and how much longer all take than one."""
    least = 0.1 if quick else 2.0
    found = {
        seeds: side_by_side(family, config, seeds, meta_batch=meta_batch, length=length, least=least)
        for seeds in (SEEDS[:2] if quick else SEEDS)
    }
    return {
        "iteration_s": {str(seeds): float(f"{taken:.3g}") for seeds, taken in found.items()},
        "seeds_for_one": {str(seeds): round(taken / found[1], 2) for seeds, taken in found.items()},
    }


def cheetah(*, quick: bool, seconds: float) -> dict[str, Any]:
    """Return the figures of MAML-TRPO on MJX."""
    tasks, size, horizon = (2, 2, 8) if quick else (40, 20, 200)
    track = Track(HalfCheetah(), "direction", horizon=horizon)
    family = DeviceLocomotion(environment=track, shots=size, queries=size)
    config = hm.MAML(inner_lr=0.1, inner_clip=float("inf"), outer=hm.TRPO(max_divergence=0.02))
    system, key = config.build(family, key=jax.random.key(0)), jax.random.key(1)
    state, returns, taken = start(system), [], []

    @eqx.filter_jit
    def iterate(state: TrainState) -> tuple[TrainState, Any]:
        drawn, data_key = draw_tasks(family, tasks, key, state.iteration)
        data = collect(state.method, system.objective, family, drawn, key=data_key)
        adapted = data.query[-1]  # that the learners after the inner step drew
        state, _ = update_once(state, system, family, data, jnp.asarray(500))
        return state, jnp.mean(jnp.sum(adapted.rewards * adapted.mask, axis=-1))

    begin = time.perf_counter()
    while len(taken) < 3 or (time.perf_counter() - begin + np.median(taken) < seconds and not quick):
        now = time.perf_counter()
        state, adapted = iterate(state)
        returns.append(float(adapted))
        taken.append(time.perf_counter() - now)
    iteration = float(np.median(taken[1:]))
    rollouts = 2  # of the support and of the query
    alone = physics_alone(track, tasks * size, least=0.1 if quick else 5.0)
    return {
        "iterations": len(taken),
        "iteration_s": round(iteration, 4),
        "compilation_s": round(taken[0] - iteration, 1),
        "environment_steps_per_s": round(rollouts * tasks * size * horizon / iteration),
        "share_of_physics": round(rollouts * alone / iteration, 3),
        "return_after_step_1": {"first": np.mean(returns[:5]).round(1), "last": np.mean(returns[-5:]).round(1)},
    }


def physics_alone(track: Track, n: int, *, least: float) -> float:
    """Return the seconds of `n` trajectories of random actions without policies."""
    environment, key = DeviceTrack(track), jax.random.key(0)
    states = jax.vmap(lambda key: environment.reset(jnp.asarray(1.0), key=key))(jax.random.split(key, n))
    actions = jax.random.uniform(key, (track.horizon, n, environment.action_size), minval=-1.0)

    @jax.jit
    def run(states: Any) -> Any:
        def step(states: Any, actions: Any) -> tuple[Any, Any]:
            states, rewards, _ = jax.vmap(lambda s, a: environment.step(s, a, jnp.asarray(1.0)))(states, actions)
            return states, rewards

        return jax.lax.scan(step, states, actions)[1]

    return seconds_of(lambda: run(states), least=least)


def cast(tree: Any, precision: str) -> Any:
    """Return a tree whose floating arrays have a precision."""
    return jax.tree.map(lambda leaf: leaf.astype(precision) if eqx.is_inexact_array(leaf) else leaf, tree)


def decoder(*, quick: bool) -> dict[str, Any]:
    """Return the milliseconds of a step of the adapters by precision."""
    shape = replace(language.SHAPE, layers=2, vocabulary=512) if quick else language.SHAPE
    found: dict[str, Any] = {}
    for precision in ("float32", "bfloat16"):
        model = cast(draw_decoder(shape), precision)
        lora = cast(language.draw_lora(model.architecture, layers=shape.layers, key=jax.random.key(0)), precision)
        batches = language.batch(0, vocabulary=shape.vocabulary), language.batch(1, vocabulary=shape.vocabulary)
        for name, function in {"gradient": language.plain, "second_order": language.second_order}.items():
            compiled = eqx.filter_jit(function)
            call = partial(compiled, lora, model, batches, False)
            found[f"{name}_{precision}_ms"] = round(1e3 * seconds_of(call, least=0.1 if quick else 2.0), 3)
    found["second_order_over_gradient_bfloat16"] = round(
        found["second_order_bfloat16_ms"] / found["gradient_bfloat16_ms"], 2
    )
    return found


def main() -> None:
    """Measure part after part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=400, help="in all, without compilation")
    parser.add_argument("--quick", action="store_true", help="every part at a small size")
    asked = parser.parse_args()
    quick = asked.quick
    sine, navigation = hm.families.Sine(), hm.families.Navigation(shots=4 if quick else 20, queries=4 if quick else 20)
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "cheetah": partial(cheetah, quick=quick, seconds=0.6 * asked.seconds),
        "sine": partial(of_seeds, sine, hm.HyperMAML(), quick=quick, meta_batch=25, length=2 if quick else 100),
        "navigation": partial(
            of_seeds, navigation, hm.HyperMAML(), quick=quick, meta_batch=2 if quick else 20, length=1
        ),
        "decoder": partial(decoder, quick=quick),
    }
    figures: dict[str, Any] = {"device": str(jax.devices()[0].device_kind), "jax": jax.__version__}
    for name, part in parts.items():
        try:
            figures[name] = part()
        except (jax.errors.JaxRuntimeError, ModuleNotFoundError) as error:  # such as too little memory: go on
            figures[name] = {"failed": str(error).splitlines()[0]}
        print(json.dumps({name: figures[name]}), flush=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
