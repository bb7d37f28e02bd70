"""Sampling in continuous control: the closed loop, its ceiling, Gymnasium's vector environments, a whole iteration.

Closed loop: rollouts of policies (2×100, ReLU, a task each) with 20 trajectories each in rllab's variant, one physics
step an action, as the package samples them. There are 20 policies, and 40 with `--size paper`. The ceiling is the same
simulations, stepped from the same states with the actions that the closed loop recorded, and nothing else: the share is
that of the time that physics takes.
Gymnasium: its half cheetah and ant of version 5 in a plain loop around the same policies: `sync` with as many
environments, `async` with two processes a core. As they come an action lasts five physics steps; `X_over_gymnasium`
compares actions/s with the faster of these two. Like with like is `X_over_gymnasium_same_physics`: their loops with one
physics step an action.

The whole iteration is MAML-TRPO at the sizes of the `small` preset (10 tasks of 10 trajectories of 100 steps) or, with
`--size paper`, at the MAML paper's (40 tasks of 20 trajectories of 200 steps). Its sampling and its update are also
timed apart: `optimizer_s` is the update by default, and `thrifty_s` the one with half of the conjugate-gradient
iterations and a quarter of the time steps in the curvature. `--size paper` leaves out the ant and Gymnasium.

All that is compared takes turns in one run; times are medians, compilation is not counted.

`python benchmarks/locomotion.py [--size small|paper] [--quick]`; the last line is one JSON object: shares, ratios,
environment steps/s, seconds of an iteration and of its parts, and its peak of memory.
"""

import argparse
import itertools
import json
import os
import resource
from collections.abc import Callable
from typing import Any

import equinox as eqx
import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
from timing import interleaved

import hypermaml as hm
from hypermaml._core.collect import collect
from hypermaml._core.train import start
from hypermaml.families.locomotion import Locomotion
from hypermaml.methods.maml import MAML
from hypermaml.rl.host import Actors, Draws
from hypermaml.rl.policy import GaussianPolicy
from hypermaml.sim.body import AbstractBody, Ant, HalfCheetah
from hypermaml.sim.host import Simulations, simulations
from hypermaml.sim.model import mujoco_of
from hypermaml.sim.rollout import rollout
from hypermaml.sim.track import Track

SIZE = 20
BODIES = {"cheetah": (HalfCheetah(), "HalfCheetah-v5"), "ant": (Ant(), "Ant-v5")}
KEY = jax.random.key(1)
OUTER = {"optimizer": hm.TRPO(), "thrifty": hm.TRPO(curvature_stride=40, conjugate_gradient_iterations=5)}
SIZES = {  # of a whole iteration
    "small": {"tasks": 10, "size": 10, "horizon": 100},
    "paper": {"tasks": 40, "size": 20, "horizon": 200},
}


def policies(inputs: int, outputs: int, tasks: int) -> GaussianPolicy:
    """Untrained policies, one a task."""
    keys = jax.random.split(jax.random.key(0), tasks)
    return jax.vmap(lambda key: GaussianPolicy(inputs, outputs, hidden=(100, 100), key=key))(keys)


def closed_loop(body: AbstractBody, horizon: int, *, tasks: int, size: int = SIZE) -> Callable[[], Any]:
    """A rollout."""
    track = Track(body, "velocity", horizon=horizon)
    learners = policies(body.observation_size, body.action_size, tasks)
    return lambda: rollout(learners, track, jnp.ones(tasks), size=size, key=KEY)[0]


def ceiling(body: AbstractBody, horizon: int, *, tasks: int) -> Callable[[], None]:
    """The physics of that rollout alone."""
    seen, n = closed_loop(body, horizon, tasks=tasks)(), tasks * SIZE
    actions = np.moveaxis(np.asarray(seen.actions), 2, 0).reshape(horizon, n, -1)
    moving = np.moveaxis(np.asarray(seen.mask) > 0, 2, 0).reshape(horizon, n)
    position, velocity = Track(body, "velocity", horizon=horizon).start(np.ones(n), Draws(KEY, range(n)))
    simulated = Simulations(body, n)

    def replay() -> None:
        simulated.reset(position, velocity)
        for action, alive in zip(actions, moving, strict=True):
            simulated.step(action, alive)

    return replay


def theirs(name: str, horizon: int, substeps: int, mode: Any, *, tasks: int) -> tuple[Callable[[], None], Any]:
    """Gymnasium's loop around policies, and its environments."""
    n, how = (tasks * SIZE, None) if mode == "sync" else (2 * len(os.sched_getaffinity(0)), {"context": "spawn"})
    environments = gymnasium.make_vec(name, num_envs=n, vectorization_mode=mode, vector_kwargs=how, frame_skip=substeps)
    inputs, outputs = environments.single_observation_space.shape, environments.single_action_space.shape
    assert inputs
    assert outputs
    tasks = min(tasks, n // 2)
    actors = Actors(policies(inputs[0], outputs[0], tasks), n // tasks)
    noise = np.random.default_rng(0).standard_normal((horizon, n, *outputs), np.float32)

    def loop() -> None:
        seen, _ = environments.reset(seed=0)
        for step in range(horizon):
            observations = np.asarray(seen, np.float32).reshape(tasks, n // tasks, -1)
            mean, log_std = actors.act(observations).reshape(2, n, -1)
            seen, *_ = environments.step(np.clip(mean + np.exp(log_std) * noise[step], -1, 1))

    return loop, environments


def scaling(body: AbstractBody, horizon: int, rounds: int) -> dict[str, float]:
    """Environment steps/s of the closed loop for numbers of environments and of threads that step them."""
    cores, found = os.sched_getaffinity(0), {}
    for threads in sorted({1, len(cores)}):
        os.sched_setaffinity(0, sorted(cores)[:threads])  # new simulations make as many threads as there are cores
        simulations.cache_clear()
        loops = {n: closed_loop(body, horizon, tasks=min(n, 20), size=max(n // 20, 1)) for n in (20, 100, 400, 800)}
        times = interleaved({f"{n}x{threads}": loop for n, loop in loops.items()}, rounds=rounds)
        found |= {name: round(int(name.partition("x")[0]) * horizon / seconds) for name, seconds in times.items()}
    os.sched_setaffinity(0, cores)
    simulations.cache_clear()
    return found


def iteration(body: AbstractBody, *, tasks: int, size: int, horizon: int, rounds: int) -> dict[str, float]:
    """Seconds of a MAML-TRPO iteration and of its stages."""
    family = Locomotion(environment=Track(body, "velocity", horizon=horizon), shots=size, queries=size)
    systems = {
        name: MAML(inner_lr=0.1, inner_clip=5.0, outer=outer).build(family, key=KEY) for name, outer in OUTER.items()
    }
    system = systems["optimizer"]
    method, drawn = start(system).method, family.sample(tasks, split="meta-train", key=KEY)

    def sampling() -> Any:
        return collect(method, system.objective, family, drawn, key=KEY)

    @eqx.filter_jit
    def update(system: Any, data: Any) -> Any:
        state = system.outer.init(method)
        return eqx.filter(system.outer.update(state, method, system.objective, family, data), eqx.is_array)

    data = sampling()
    stages = {"iteration": lambda: update(system, sampling()), "sampling": sampling}
    stages |= {name: lambda system=system: update(system, data) for name, system in systems.items()}
    return interleaved(stages, rounds=rounds)


def share_of_physics(body: AbstractBody, horizon: int, *, tasks: int, rounds: int) -> float:
    """The time of the physics alone as a share of the closed loop's."""
    own = {"closed_loop": closed_loop(body, horizon, tasks=tasks), "physics": ceiling(body, horizon, tasks=tasks)}
    taken = interleaved(own, rounds=rounds)
    return round(taken["physics"] / taken["closed_loop"], 3)


def beside_gymnasium(short: str, horizon: int, *, tasks: int, rounds: int) -> dict[str, Any]:
    """Environment steps/s of the closed loop, of the physics alone and of Gymnasium's vector environments."""
    body, name = BODIES[short]
    functions: dict[str, Callable[[], Any]] = {
        "closed_loop": closed_loop(body, horizon, tasks=tasks),
        "physics": ceiling(body, horizon, tasks=tasks),
    }
    steps, environments = dict.fromkeys(functions, tasks * SIZE * horizon), []
    for mode, substeps in itertools.product(("sync", "async"), (1, 5)):
        length = max(horizon // (20 if mode == "sync" else 1), 5)
        loop, opened = theirs(name, length, substeps, mode, tasks=tasks)
        environments.append(opened)
        functions[f"{mode}_{substeps}"], steps[f"{mode}_{substeps}"] = loop, length * opened.num_envs
    times = interleaved(functions, rounds=rounds)
    for opened in environments:
        opened.close()
    rates = {each: round(steps[each] / seconds) for each, seconds in times.items()}
    print(f"{short}: environment steps/s {rates}")
    found: dict[str, Any] = {f"{short}_steps_per_s": rates}
    for ending, substeps in {"": 5, "_same_physics": 1}.items():
        fastest = max(rates[f"sync_{substeps}"], rates[f"async_{substeps}"])
        found[f"{short}_over_gymnasium{ending}"] = round(rates["closed_loop"] / fastest, 2)
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="small", help="of the whole iteration, and of the closed loop")
    parser.add_argument("--quick", action="store_true", help="shorter rollouts, fewer rounds")
    asked = parser.parse_args()
    quick, sizes, paper = asked.quick, SIZES[asked.size], asked.size == "paper"
    horizon, rounds = (50, 3) if quick else (200, 9)
    tasks = 40 if paper else 20
    mujoco_of(HalfCheetah())  # drops MuJoCo's warnings about the assets
    seconds = iteration(BODIES["cheetah"][0], **sizes, rounds=rounds)
    figures: dict[str, Any] = {"cores": len(os.sched_getaffinity(0)), "size": asked.size, "environments": tasks * SIZE}
    figures |= {f"{stage}_s": round(value, 4) for stage, value in seconds.items()}
    for name in OUTER:
        figures[f"{name}_share"] = round(seconds[name] / (seconds["sampling"] + seconds[name]), 3)
    figures["peak_gib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)  # of nothing else yet
    for short, (body, _) in BODIES.items():
        if paper and short != "cheetah":
            break
        share = share_of_physics(body, horizon, tasks=tasks, rounds=rounds if paper else 3 * rounds)
        figures[f"{short}_share_of_physics"] = share  # apart, since Gymnasium's processes disturb it
        if not paper:
            figures |= beside_gymnasium(short, horizon, tasks=tasks, rounds=rounds)
            figures[f"{short}_scaling"] = scaling(body, horizon, rounds)
            print(f"{short}: environments x threads {figures[f'{short}_scaling']}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
