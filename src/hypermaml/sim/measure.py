"""Measure an environment of Gymnasium before training: how its parameters are set, and the scale of observations."""

from __future__ import annotations

from collections.abc import Mapping

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from hypermaml.sim.gymnasium import Maker, Way, arguments_of, made, middle, name_of, spaces_of, time_limit, way_of
from hypermaml.sim.instances import GymnasiumEnvironment, begin

TRAJECTORIES = 50  # of random actions, for the scale of observations
LONGEST = 200  # steps of each, at most


def measure(make: Maker, vary: Mapping[str, tuple[float, float]], horizon: int | None) -> GymnasiumEnvironment:
    """Return an environment whose parameters vary.

    Observations are standardized by their mean and deviation in 50 trajectories of random actions, with parameters
    drawn from their ranges. That is done once, before training.

    Args:
        make: an id of Gymnasium, or a function that returns an environment.
        vary: the range of each parameter.
        horizon: steps of a trajectory; `None` for the environment's own time limit.

    Raises:
        ValueError: it cannot be made, lacks a parameter, or is of a kind that a policy cannot read or act in.
    """
    arguments, name = arguments_of(make), name_of(make)
    instance = made(make, horizon, middle([each for each in vary if each in arguments], vary))
    limit = time_limit(instance)
    if horizon is None and limit is None:
        raise ValueError(f"{name} has no time limit of its own: give the steps of a trajectory as horizon")
    if horizon is not None and limit is not None and limit < horizon:
        raise ValueError(
            f"horizon is {horizon}, but {name} cuts a trajectory off after {limit} steps: give at most {limit}, or "
            f"make the environment with max_episode_steps={horizon}"
        )
    ways: tuple[Way, ...] = tuple(way_of(make, each, arguments, instance.unwrapped) for each in vary)
    spaces, length = spaces_of(instance, name), limit if horizon is None else horizon
    instance.close()
    assert length is not None
    size = int(np.prod(spaces.observation))
    found = GymnasiumEnvironment(
        make,
        tuple(vary),
        ways,
        length,
        spaces.observation,
        spaces.action,
        spaces.actions,
        spaces.first,
        spaces.dtype,
        jnp.asarray(spaces.low, float),
        jnp.asarray(spaces.high, float),
        jnp.zeros(size),
        jnp.ones(size),
    )
    seen = observed(found, np.array(list(vary.values()), float))
    deviation = seen.std(axis=0)
    scales = jnp.asarray(seen.mean(axis=0), float), jnp.asarray(np.where(deviation > 1e-6, deviation, 1.0), float)
    return eqx.tree_at(lambda each: (each.center, each.scale), found, scales)


def observed(environment: GymnasiumEnvironment, bounds: np.ndarray) -> np.ndarray:
    """Return the observations of trajectories of random actions, `(step, observation)`.

    Args:
        environment: where they are seen.
        bounds: the lowest and the highest value of each parameter, `(parameter, 2)`.
    """
    generator = np.random.default_rng(0)
    values = generator.uniform(bounds[:, 0], bounds[:, 1], (TRAJECTORIES, len(bounds)))
    run, alive = begin(environment, values, generator), np.ones(TRAJECTORIES, bool)
    seen = [run.seen.copy()]
    for _ in range(min(environment.horizon, LONGEST)):
        step = run.step(generator.uniform(-1, 1, (TRAJECTORIES, environment.action_size)), alive)
        seen.append(run.seen[alive].copy())
        alive = alive & ~step.ended
        if not alive.any():
            break
    return np.concatenate(seen)
