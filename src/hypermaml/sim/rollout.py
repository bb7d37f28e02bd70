"""Rollouts on the host: policies in XLA, physics in C, in turn."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml.rl.policy import Gaussian
from hypermaml.rl.rollout import Trajectories
from hypermaml.sim.host import simulations
from hypermaml.sim.model import rest
from hypermaml.sim.physics import Physics
from hypermaml.sim.track import Track


class Ride(eqx.Module):
    """What a rollout tells beside the trajectories; `(task, trajectory, ...)`, NumPy.

    Attributes:
        speed: forward velocity of each step in m/s, not a number after the end.
        pose: generalized positions before each step; not a number after the end.
        broken: the step in which the physics ceased to be finite, which ended the trajectory before it; -1 for never.
    """

    speed: Float[np.ndarray, "task trajectory time"]
    pose: Float[np.ndarray, "task trajectory time nq"]
    broken: Int[np.ndarray, "task trajectory"]


def rollout(
    policies: Any, track: Track, tasks: Float[Array, " task"], *, size: int, key: PRNGKeyArray, sampled: bool = True
) -> tuple[Trajectories, Ride]:
    """Runs `size` trajectories of each task with a policy of its own; called outside of any jit.

    All policies look at once, then all simulations step, on every core. `docs/design.md` tells why no half of them
    steps while the others look.

    Args:
        policies: observation to `Gaussian`, stacked over tasks.
        track: the environment.
        tasks: velocities or directions.
        size: trajectories of a task.
        key: for start states and actions.
        sampled: draw the actions, or take the policies' means.

    Returns:
        The trajectories, with the task as first axis and zeros after the end, and what else was seen.
    """
    n, horizon, body = len(tasks), track.horizon, track.body
    position, velocity, noise = draw(track, n * size, key)
    simulated = simulations(body, n * size)
    now = simulated.reset(position, velocity)
    seen = np.zeros((horizon, n * size, body.observation_size), np.float32)
    means, log_stds, actions = np.zeros((3, horizon, n * size, body.action_size), np.float32)
    mask = np.zeros((horizon, n * size), bool)
    passed = Physics(*(np.zeros((horizon + 1, *field.shape), field.dtype) for field in now))
    broken = np.full(n * size, -1)
    alive = np.ones(n * size, bool)
    look, observe, fallen = looking(policies), body.observe, body.fallen
    _keep(passed, 0, now)
    for time in range(horizon):
        seen[time] = observe(now)
        means[time], log_stds[time] = look(seen[time].reshape(n, size, -1)).reshape(2, n * size, -1)
        actions[time] = means[time] + (np.exp(log_stds[time]) * noise[time] if sampled else 0.0)
        now = simulated.step(actions[time], alive)
        sound = np.isfinite(now.position.sum(1) + now.velocity.sum(1))
        if not sound.all():
            broken[alive & ~sound] = time
            alive &= sound
        mask[time] = alive
        _keep(passed, time + 1, now)
        alive &= ~fallen(now)
        if not alive.any():
            break
    before, after = (Physics(*(field[part] for field in passed)) for part in (slice(0, -1), slice(1, None)))
    each = np.repeat(np.asarray(tasks), size)
    rewards, speeds = track.reward(each, before, actions, after), body.speed(before, after)

    def gather(values: np.ndarray, beyond: float = 0.0) -> np.ndarray:
        valid = mask.reshape(mask.shape + (1,) * (values.ndim - 2))
        by_task = np.where(valid, values, np.float32(beyond)).astype(np.float32)
        return np.ascontiguousarray(np.moveaxis(by_task.reshape(horizon, n, size, *values.shape[2:]), 0, 2))

    behaviour = Gaussian(jnp.asarray(gather(means)), jnp.asarray(gather(log_stds)))
    observations, acted, paid, valid = (jnp.asarray(gather(values)) for values in (seen, actions, rewards, mask))
    ride = Ride(gather(speeds, np.nan), gather(before.position, np.nan), broken.reshape(n, size))
    return Trajectories(observations, acted, paid, valid, behaviour), ride


def _keep(passed: Physics, time: int, now: Physics) -> None:
    for field, value in zip(passed, now, strict=True):
        field[time] = value


def looking(policies: Any) -> Callable[[np.ndarray], np.ndarray]:
    """The policies as a function of observations, `(task, trajectory, observation)`, to mean and log σ, stacked.

    A call costs little beside the arithmetic: the policies' structure is taken apart once, not at each step.
    """
    arrays, static = eqx.partition(policies, eqx.is_array)
    leaves, structure = jax.tree.flatten(arrays)
    rest_leaves, rest_structure = jax.tree.flatten(static)
    frame = (structure, tuple(rest_leaves), rest_structure)
    return lambda seen: np.asarray(_look(frame, leaves, seen))


@functools.partial(jax.jit, static_argnums=0)
def _look(frame: tuple, leaves: list[Array], seen: Array) -> Float[Array, "2 task trajectory action"]:
    structure, rest_leaves, rest_structure = frame
    policies = eqx.combine(jax.tree.unflatten(structure, leaves), jax.tree.unflatten(rest_structure, rest_leaves))
    behaviour = jax.vmap(lambda policy, seen: policy.many(seen))(policies, seen)
    return jnp.stack([behaviour.mean, jnp.broadcast_to(behaviour.log_std, behaviour.mean.shape)])


def draw(track: Track, n: int, key: PRNGKeyArray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions and velocities at the start, and the noise of every action; NumPy's, which compiles nothing."""
    generator, body = np.random.default_rng(np.asarray(jax.random.key_data(key))), track.body
    pose = rest(body)
    size, (kind, _) = (n, len(pose)), body.spread
    offset = generator.standard_normal(size) if kind == "normal" else generator.uniform(-1.0, 1.0, size)
    position, velocity = body.start(pose, offset, generator.standard_normal((n, body.velocity_size)))
    return position, velocity, generator.standard_normal((track.horizon, n, track.action_size), np.float32)
