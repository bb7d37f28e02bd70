"""Rollouts on the host: policies on the device, physics in C, each while the other one works."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
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

HALVES = 2


class Ride(eqx.Module):
    """What a rollout tells beside the trajectories; `(task, trajectory, ...)`, NumPy.

    Attributes:
        speed: forward velocity of each step in m/s, not a number after the end.
        pose: generalized positions before each step; those after the end are the last ones.
        broken: the step in which the physics ceased to be finite, which ended the trajectory before it; -1 for never.
    """

    speed: Float[np.ndarray, "task trajectory time"]
    pose: Float[np.ndarray, "task trajectory time nq"]
    broken: Int[np.ndarray, "task trajectory"]


class Lane:
    """Some trajectories of every task: their simulations, and what they have recorded so far.

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
        self.poses = np.zeros((horizon + 1, n, position.shape[1]), np.float32)
        self.means, self.log_stds, self.actions = np.zeros((3, horizon, n, body.action_size), np.float32)
        self.rewards, self.mask, self.speeds = np.zeros((3, horizon, n), np.float32)
        self.observations[0], self.poses[0] = body.observe(self.physics), self.physics.position

    def launch(self, time: int, worker: Executor) -> None:
        """Has the worker step the simulations that are alive. It holds no lock of Python's while it does."""
        self.before = self.physics._replace(position=self.physics.position.copy())
        self.future = worker.submit(self.simulations.step, self.actions[time], self.alive)

    def land(self, time: int) -> None:
        """Waits, and records the step; a trajectory whose physics is not finite ends before it."""
        before, body, action = self.before, self.track.body, self.actions[time]
        self.physics = after = self.future.result()
        sound = np.isfinite(after.position.sum(1) + after.velocity.sum(1))
        if not sound.all():
            self.broken[self.alive & ~sound] = time
            self.alive &= sound
        self.mask[time] = self.alive
        self.speeds[time] = np.where(self.alive, body.speed(before, after), np.nan)
        self.rewards[time] = np.where(self.alive, self.track.reward(self.tasks, before, action, after), 0.0)
        self.alive &= ~body.fallen(after)
        self.observations[time + 1], self.poses[time + 1] = body.observe(after), after.position
        if not self.alive.all():
            self.observations[time + 1][~self.alive] = 0.0
            self.poses[time + 1][~self.alive] = self.poses[time][~self.alive]


def rollout(
    policies: Any, track: Track, tasks: Float[Array, " task"], *, size: int, key: PRNGKeyArray, sampled: bool = True
) -> tuple[Trajectories, Ride]:
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
        The trajectories, with the task as first axis, and what else was seen.
    """
    n, horizon = len(tasks), track.horizon
    bounds = np.linspace(0, size, min(HALVES, size) + 1).astype(int)
    parts = [slice(low, high) for low, high in zip(bounds[:-1], bounds[1:], strict=True)]
    position, velocity, noise = (
        np.asarray(a) for a in _draw(track, n, size, sampled, jnp.asarray(rest(track.body)), key)
    )
    lanes = []
    for index, part in enumerate(parts):
        width = part.stop - part.start
        start = (values[:, part].reshape(n * width, -1) for values in (position, velocity))
        lanes.append(Lane(track, np.repeat(np.asarray(tasks), width), *start, index))
    look = looking(policies)
    with ThreadPoolExecutor(1) as worker:
        for time in range(horizon):
            for lane, part in zip(lanes, parts, strict=True):
                if time:
                    lane.land(time - 1)
                seen = lane.observations[time].reshape(n, part.stop - part.start, -1)
                chosen = look(seen, noise[time][:, part]).reshape(3, len(lane.tasks), -1)
                lane.means[time], lane.log_stds[time], lane.actions[time] = chosen
                lane.launch(time, worker)
        for lane in lanes:
            lane.land(horizon - 1)

    def gather(name: str) -> np.ndarray:
        return _by_task([getattr(lane, name)[:horizon] for lane in lanes], n)

    behaviour = Gaussian(jnp.asarray(gather("means")), jnp.asarray(gather("log_stds")))
    names = ("observations", "actions", "rewards", "mask")
    broken = np.concatenate([lane.broken.reshape(n, -1) for lane in lanes], axis=1)
    ride = Ride(gather("speeds"), gather("poses"), broken)
    return Trajectories(*(jnp.asarray(gather(name)) for name in names), behaviour), ride


def _by_task(recorded: Sequence[np.ndarray], n: int) -> np.ndarray:
    """`(time, task and trajectory, ...)` of each lane as `(task, trajectory, time, ...)`."""
    split = [values.reshape(len(values), n, -1, *values.shape[2:]) for values in recorded]
    return np.ascontiguousarray(np.moveaxis(np.concatenate(split, axis=2), 0, 2))


def looking(policies: Any) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """The policies as a function of observations and standard-normal noise, to mean, log σ and action, stacked.

    A call costs little beside the arithmetic: the policies' structure is taken apart once, not at each step.
    """
    arrays, static = eqx.partition(policies, eqx.is_array)
    leaves, structure = jax.tree.flatten(arrays)
    rest_leaves, rest_structure = jax.tree.flatten(static)
    frame = (structure, tuple(rest_leaves), rest_structure)
    return lambda seen, noise: np.asarray(_look(frame, leaves, seen, noise))


@functools.partial(jax.jit, static_argnums=0)
def _look(frame: tuple, leaves: list[Array], seen: Array, noise: Array) -> Float[Array, "3 task trajectory action"]:
    structure, rest_leaves, rest_structure = frame
    policies = eqx.combine(jax.tree.unflatten(structure, leaves), jax.tree.unflatten(rest_structure, rest_leaves))
    behaviour = jax.vmap(lambda policy, seen: policy.many(seen))(policies, seen)
    log_std = jnp.broadcast_to(behaviour.log_std, behaviour.mean.shape)
    return jnp.stack([behaviour.mean, log_std, behaviour.mean + jnp.exp(log_std) * noise])


@functools.partial(jax.jit, static_argnums=(0, 1, 2, 3))
def _draw(track: Track, n: int, size: int, sampled: bool, pose: Array, key: PRNGKeyArray) -> tuple[Array, Array, Array]:
    """Positions and velocities at the start, and the noise of every action."""
    position_key, velocity_key, noise_key = jax.random.split(key, 3)
    position, velocity = track.body.start(pose, (n, size), position_key=position_key, velocity_key=velocity_key)
    noise = jax.random.normal(noise_key, (track.horizon, n, size, track.action_size)) * sampled
    return position, velocity, noise
