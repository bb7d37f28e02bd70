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
    steps while the other half looks.

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
    count = n * size
    position, velocity, noise = draw(track, count, key)
    simulated = simulations(body, count)
    now = simulated.reset(position, velocity)
    seen = np.zeros((count, horizon, body.observation_size), np.float32)
    means, log_stds, actions = np.zeros((3, count, horizon, body.action_size), np.float32)
    rewards, speeds = np.zeros((2, count, horizon), np.float32)
    poses = np.zeros((count, horizon, position.shape[1]), np.float32)
    mask = np.zeros((count, horizon), bool)
    broken, alive = np.full(count, -1), np.ones(count, bool)
    each, look = np.repeat(np.asarray(tasks), size), looking(policies)
    for time in range(horizon):
        observation = body.observe(now).astype(np.float32)
        mean, log_std = look(observation.reshape(n, size, -1)).reshape(2, count, -1)
        action = mean + np.exp(log_std) * noise[time] if sampled else mean
        before = now._replace(position=now.position.copy())  # the rest is overwritten, and no reward reads it
        now = simulated.step(action, alive)
        sound = np.isfinite(now.position.sum(1) + now.velocity.sum(1))  # a look at each would cost several times more
        broken[alive & ~sound] = time
        alive &= sound
        with np.errstate(all="ignore"):  # where it is not sound
            rewards[:, time], speeds[:, time] = track.reward(each, before, action, now), body.speed(before, now)
        seen[:, time], means[:, time], log_stds[:, time], actions[:, time] = observation, mean, log_std, action
        poses[:, time], mask[:, time] = before.position, alive
        alive &= ~body.fallen(now)
        if not alive.any():
            break
    recorded = (seen, actions, rewards, means, log_stds, speeds, poses)
    if not mask.all():
        for values, beyond in zip(recorded, (0, 0, 0, 0, 0, np.nan, np.nan), strict=True):
            values[~mask] = beyond
    seen, actions, rewards, means, log_stds, speeds, poses = (
        values.reshape(n, size, *values.shape[1:]) for values in recorded
    )
    behaviour = Gaussian(jnp.asarray(means), jnp.asarray(log_stds))
    valid = jnp.asarray(mask.reshape(n, size, horizon), jnp.float32)
    trajectories = Trajectories(jnp.asarray(seen), jnp.asarray(actions), jnp.asarray(rewards), valid, behaviour)
    return trajectories, Ride(speeds, poses, broken.reshape(n, size))


def looking(policies: Any) -> Callable[[np.ndarray], np.ndarray]:
    """The policies as a function of observations, `(task, trajectory, observation)`, to mean and log σ, stacked.

    A call costs little beside the arithmetic: the policies' structure is taken apart once, not at each step.
    """
    arrays, static = eqx.partition(policies, eqx.is_array)
    leaves, structure = jax.tree.flatten(arrays)
    rest_leaves, rest_structure = jax.tree.flatten(static)
    look = _look(structure, tuple(rest_leaves), rest_structure)
    return lambda seen: np.asarray(look(leaves, seen))


@functools.cache
def _look(structure: Any, rest_leaves: tuple, rest_structure: Any) -> Callable[[list[Array], Any], Array]:
    """The policies of this structure, compiled: without static arguments, which would be hashed at each step."""

    @jax.jit
    def look(leaves: list[Array], seen: Array) -> Float[Array, "2 task trajectory action"]:
        policies = eqx.combine(jax.tree.unflatten(structure, leaves), jax.tree.unflatten(rest_structure, rest_leaves))
        behaviour = jax.vmap(lambda policy, seen: policy.many(seen))(policies, seen)
        return jnp.stack([behaviour.mean, jnp.broadcast_to(behaviour.log_std, behaviour.mean.shape)])

    return look


def draw(track: Track, n: int, key: PRNGKeyArray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions and velocities at the start, and the noise of every action; NumPy's, which compiles nothing."""
    generator, body = np.random.default_rng(np.asarray(jax.random.key_data(key))), track.body
    pose = rest(body)
    size, (kind, _) = (n, len(pose)), body.spread
    offset = generator.standard_normal(size) if kind == "normal" else generator.uniform(-1.0, 1.0, size)
    position, velocity = body.start(pose, offset, generator.standard_normal((n, body.velocity_size)))
    return position, velocity, generator.standard_normal((track.horizon, n, track.action_size), np.float32)
