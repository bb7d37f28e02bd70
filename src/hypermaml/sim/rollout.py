"""Rollouts on the host: policies in XLA alternate with physics in C."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml.rl.policy import Gaussian
from hypermaml.rl.rollout import Trajectories
from hypermaml.sim.environment import AbstractSimulated
from hypermaml.sim.host import simulations


class StepRecord(eqx.Module):
    """Numbers of each step that a rollout records beside the trajectories; `(task, trajectory, ...)`, NumPy.

    Attributes:
        step_metric: the environment's `step_metric` of each step, not a number after the end.
        pose: generalized positions before each step; not a number after the end.
        broken: the step in which the physics ceased to be finite, which ended the trajectory before it; -1 for never.
    """

    step_metric: Float[np.ndarray, "task trajectory time"]
    pose: Float[np.ndarray, "task trajectory time nq"]
    broken: Int[np.ndarray, "task trajectory"]


def rollout(
    policies: Any,
    environment: AbstractSimulated,
    tasks: Any,
    *,
    size: int,
    key: PRNGKeyArray,
    sampled: bool = True,
) -> tuple[Trajectories, StepRecord]:
    """Run `size` trajectories of each task with a policy of its own; call it outside of any jit.

    All policies act at once, then all simulations step, on every core. `docs/design.md` says why one half of them
    does not step while the other half acts.

    Args:
        policies: observation to `Gaussian`, stacked over tasks.
        environment: that is stepped.
        tasks: of the environment, stacked.
        size: trajectories of a task.
        key: for start states and actions.
        sampled: draw the actions, or take the policies' means.

    Returns:
        The trajectories, with the task as first axis and zeros after the end, and the numbers of each step.
    """
    each = jax.tree.map(lambda leaf: np.repeat(np.asarray(leaf), size, axis=0), tasks)
    count, horizon = len(jax.tree.leaves(each)[0]), environment.horizon
    n = count // size
    position, velocity, noise = draw(environment, each, key)
    simulated = simulations(environment.machine, count)
    now = simulated.reset(position, velocity, models=environment.models(each))
    broken, alive, look = np.full(count, -1), np.ones(count, bool), looking(policies)
    steps = []
    for time in range(horizon):
        observation = environment.observe(each, now).astype(np.float32)
        mean, log_std = look(observation.reshape(n, size, -1)).reshape(2, count, -1)
        action = mean + np.exp(log_std) * noise[time] if sampled else mean
        before = now._replace(position=now.position.copy())  # the rest is overwritten, and no reward reads it
        now = simulated.step(environment.drive(now, action), alive)
        # Sums, since a look at each number would cost several times more; of all first, which nearly always are sound.
        if not np.isfinite(now.position.sum() + now.velocity.sum()):
            sound = np.isfinite(now.position.sum(1) + now.velocity.sum(1))
            broken[alive & ~sound] = time
            alive &= sound
        with np.errstate(all="ignore"):  # where it is not sound
            reward = environment.reward(each, before, action, now)
            step_metric = environment.step_metric(each, before, now).astype(
                np.float32
            )  # a copy: it may be the simulations' own
        steps.append((observation, action, reward, mean, log_std, step_metric, before.position, alive.copy()))
        alive &= ~environment.ended(now)
        if not alive.any():
            break
    *recorded, mask = (laid_out(values, horizon) for values in zip(*steps, strict=True))
    if not mask.all():
        for values, beyond in zip(recorded, (0, 0, 0, 0, 0, np.nan, np.nan), strict=True):
            values[mask == 0] = beyond
    seen, actions, rewards, means, log_stds, step_metrics, poses, mask = (
        values.reshape(n, size, *values.shape[1:]) for values in (*recorded, mask)
    )
    behaviour = Gaussian(jnp.asarray(means), jnp.asarray(log_stds))
    seen, actions, rewards, valid = map(jnp.asarray, (seen, actions, rewards, mask))
    trajectories = Trajectories(seen, actions, rewards, valid, behaviour)
    return trajectories, StepRecord(step_metrics, poses, broken.reshape(n, size))


def laid_out(steps: Sequence[np.ndarray], horizon: int) -> np.ndarray:
    """Stack the numbers of all steps as an array of one row a simulation, float32; zeros beyond the last step.

    Once at the end: an entry of each row at every step would be written to as many parts of the memory.
    """
    whole = np.zeros((horizon, *steps[0].shape), np.float32)
    np.stack(steps, out=whole[: len(steps)], casting="unsafe")
    return np.ascontiguousarray(whole.swapaxes(0, 1))


def looking(policies: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Return the policies as a function of observations, `(task, trajectory, observation)`, to mean and log σ, stacked.

    A call costs little beside the arithmetic: the policies' structure is taken apart once, not at each step.
    """
    arrays, static = eqx.partition(policies, eqx.is_array)
    leaves, structure = jax.tree.flatten(arrays)
    rest_leaves, rest_structure = jax.tree.flatten(static)
    look = _look(structure, tuple(rest_leaves), rest_structure)
    return lambda seen: np.asarray(look(leaves, seen))


@functools.cache
def _look(structure: Any, rest_leaves: tuple, rest_structure: Any) -> Callable[[list[Array], Any], Array]:
    """Return the policies of this structure, compiled: without static arguments, which would be hashed at each step."""

    @jax.jit
    def look(leaves: list[Array], seen: Array) -> Float[Array, "2 task trajectory action"]:
        policies = eqx.combine(jax.tree.unflatten(structure, leaves), jax.tree.unflatten(rest_structure, rest_leaves))
        behaviour = jax.vmap(lambda policy, seen: policy.many(seen))(policies, seen)
        return jnp.stack([behaviour.mean, jnp.broadcast_to(behaviour.log_std, behaviour.mean.shape)])

    return look


def draw(environment: AbstractSimulated, tasks: Any, key: PRNGKeyArray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw positions and velocities at the start, and the noise of every action; by NumPy, which compiles nothing.

    Args:
        environment: that starts.
        tasks: one for each simulation, NumPy.
        key: of all draws.
    """
    generator = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    position, velocity = environment.start(tasks, generator)
    size = (environment.horizon, len(position), environment.action_size)
    return position, velocity, generator.standard_normal(size, np.float32)
