"""Rollouts on the host: policies on the device, physics in C, each while the other one works."""

from __future__ import annotations

import functools
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from hypermaml.rl.policy import Gaussian
from hypermaml.rl.rollout import Trajectories
from hypermaml.sim.host import simulations
from hypermaml.sim.locomotion import Track
from hypermaml.sim.model import rest
from hypermaml.sim.physics import Physics

POSITION_NOISE, VELOCITY_NOISE = 0.01, 0.1
"""Standard deviations at the start (rllab); Gymnasium's positions are uniform within 0.1."""


class Lane:
    """Some trajectories of every task: their simulations, and what they have recorded.

    Args:
        track: the environment.
        tasks: of each trajectory, `(trajectory,)`.
        position: at the start, `(trajectory, nq)`.
        velocity: at the start, `(trajectory, nv)`.
        part: lanes of different parts may step at the same time.
    """

    def __init__(self, track: Track, tasks: np.ndarray, position: np.ndarray, velocity: np.ndarray, part: int):
        n, horizon, body = len(tasks), track.horizon, track.body
        self.track, self.tasks = track, tasks
        self.simulations = simulations(body, n, part)
        self.physics: Physics = self.simulations.reset(position, velocity)
        self.alive = np.ones(n, bool)
        self.broken = np.full(n, -1)
        self.observations = np.zeros((horizon + 1, n, body.observation_size), np.float32)
        self.actions = np.zeros((horizon, n, body.action_size), np.float32)
        self.rewards, self.mask = np.zeros((horizon, n), np.float32), np.zeros((horizon, n), np.float32)
        self.observations[0] = body.observe(self.physics)

    def step(self, time: int, action: Float[np.ndarray, "trajectory action"]) -> None:
        """Acts, and records the step; a trajectory whose physics is not finite ends before it."""
        before = self.physics._replace(position=self.physics.position.copy())
        self.physics = after = self.simulations.step(action, self.alive)
        sound = np.isfinite(after.position).all(1) & np.isfinite(after.velocity).all(1)
        self.broken[self.alive & ~sound] = time
        self.alive &= sound
        self.actions[time], self.mask[time] = action, self.alive
        reward = self.track.reward(self.tasks, before, action, after)
        self.rewards[time] = np.where(self.alive, reward, 0.0)
        self.alive = self.alive & ~self.track.body.fallen(after)
        self.observations[time + 1] = np.where(self.alive[:, None], self.track.body.observe(after), 0.0)


def rollout(
    policies: Any, track: Track, tasks: Float[Array, " task"], *, size: int, key: PRNGKeyArray, sampled: bool = True
) -> tuple[Trajectories, Any]:
    """Runs `size` trajectories of each task with a policy of its own.

    Half of each task's trajectories moves while the policies look at the other half.

    Args:
        policies: observation to `Gaussian`, stacked over tasks.
        track: the environment.
        tasks: velocities or directions.
        size: trajectories of a task.
        key: for start states and actions.
        sampled: draw the actions, or take the policies' means.

    Returns:
        The trajectories, with the task as first axis, and the step at which the physics of each one ceased to be
        finite, -1 for never, `(task, trajectory)`.
    """
    n, horizon = len(tasks), track.horizon
    position, velocity, noise = map(np.asarray, _draws(track, n, size, sampled, key))
    parts = [part for part in (range(size // 2), range(size // 2, size)) if part]
    lanes = [
        Lane(track, np.repeat(np.asarray(tasks), len(part)), _rows(position, part), _rows(velocity, part), index)
        for index, part in enumerate(parts)
    ]
    behaviours: list[list[Gaussian]] = [[] for _ in lanes]
    with ThreadPoolExecutor(1) as worker:
        running: list[Future | None] = [None] * len(lanes)
        for time in range(horizon):
            for index, (lane, part) in enumerate(zip(lanes, parts, strict=True)):
                if (future := running[index]) is not None:
                    future.result()
                grid = (n, len(part), -1)
                behaviour, action = act(
                    policies, lane.observations[time].reshape(grid), noise[time][:, part.start : part.stop]
                )
                behaviours[index].append(behaviour)
                action = np.asarray(action).reshape(n * len(part), -1)
                running[index] = worker.submit(lane.step, time, action)
        for future in running:
            if future is not None:
                future.result()

    def gather(name: str) -> np.ndarray:
        cut = [
            getattr(lane, name)[:horizon].reshape(horizon, n, len(p), -1) for lane, p in zip(lanes, parts, strict=True)
        ]
        return np.moveaxis(np.concatenate(cut, axis=2), 0, 2)

    seen = [jax.tree.map(lambda *leaf: jnp.stack(leaf, 2), *steps) for steps in behaviours]
    trajectories = Trajectories(
        jnp.asarray(gather("observations")),
        jnp.asarray(gather("actions")),
        jnp.asarray(gather("rewards")[..., 0]),
        jnp.asarray(gather("mask")[..., 0]),
        jax.tree.map(lambda *leaf: jnp.concatenate(leaf, 1), *seen),
    )
    broken = np.concatenate([lane.broken.reshape(n, len(p)) for lane, p in zip(lanes, parts, strict=True)], axis=1)
    return trajectories, broken


@eqx.filter_jit
def act(policies: Any, observations: Any, noise: Any) -> tuple[Gaussian, Float[Array, "task trajectory action"]]:
    """Each task's policy at its observations, and the actions that the standard-normal noise makes of it."""
    behaviour = jax.vmap(lambda policy, seen: policy.many(seen))(policies, observations)
    return behaviour, behaviour.mean + jnp.exp(behaviour.log_std) * noise


def _draws(track: Track, n: int, size: int, sampled: bool, key: PRNGKeyArray) -> tuple[Array, Array, Array]:
    pose = rest(track.body)
    return _drawn(track, n, size, sampled, jnp.asarray(pose), key)


@functools.partial(jax.jit, static_argnums=(0, 1, 2, 3))
def _drawn(
    track: Track, n: int, size: int, sampled: bool, pose: Array, key: PRNGKeyArray
) -> tuple[Array, Array, Array]:
    position_key, velocity_key, noise_key = jax.random.split(key, 3)
    speeds = len(pose) - (len(pose) == 15)
    if track.body.variant == "rllab":
        offset = POSITION_NOISE * jax.random.normal(position_key, (n, size, len(pose)))
    else:
        offset = jax.random.uniform(position_key, (n, size, len(pose)), minval=-0.1, maxval=0.1)
    velocity = VELOCITY_NOISE * jax.random.normal(velocity_key, (n, size, speeds))
    noise = jax.random.normal(noise_key, (track.horizon, n, size, track.action_size)) * sampled
    return pose + offset, velocity, noise


def _rows(values: np.ndarray, part: range) -> np.ndarray:
    return values[:, part.start : part.stop].reshape(-1, values.shape[-1])
