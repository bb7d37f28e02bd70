"""Rollouts of Gymnasium environments on the host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.rl.host import AbstractHostRun, Draws, host_rollout
from hypermaml.rl.rollout import Trajectories
from hypermaml.sim.gymnasium import gymnasium_of, is_number, name_of, spaces_of
from hypermaml.sim.instances import GymnasiumEnvironment, GymnasiumRun, begin

Rollouts = tuple[Trajectories, Float[np.ndarray, "task trajectory time"]]


class OwnEnvironment(eqx.Module):
    """An environment of the user as a task. It is stepped itself, for one trajectory after another.

    Attributes:
        values: of its parameters, where its attributes hold them; else not a number.
        instance: the environment.
    """

    values: Float[Array, "*task parameter"]
    instance: Any = eqx.field(static=True)


def own_environment(environment: GymnasiumEnvironment, instance: Any) -> OwnEnvironment:
    """Return an environment of the user as a task.

    Args:
        environment: of the family.
        instance: of the user; its parameters stay as they are.

    Raises:
        ValueError: it is not an environment of Gymnasium, or its spaces are not those of the family's.
    """
    if not isinstance(instance, gymnasium_of().Env):
        raise ValueError(
            f"the environment is {instance!r}, but it must be an environment of gymnasium, such as "
            f"gymnasium.make({name_of(environment.make)!r})"
        )
    spaces = spaces_of(instance, "your environment")
    expected, given = (environment.observation_shape, environment.action_shape, environment.actions), spaces
    for what, ours, theirs in zip(
        ("observations of the shape", "actions of the shape", "a number of discrete actions, which is"),
        expected,
        (given.observation, given.action, given.actions),
        strict=True,
    ):
        if ours != theirs:
            raise ValueError(f"your environment has {what} {theirs}, but {name_of(environment.make)} has {ours}")
    low, high = np.asarray(environment.low, given.low.dtype), np.asarray(environment.high, given.high.dtype)
    if not (np.allclose(low, given.low) and np.allclose(high, given.high)) or given.first != environment.first:
        raise ValueError(f"your environment has other bounds of actions than {name_of(environment.make)}")
    values = [getattr(instance.unwrapped, name, np.nan) for name in environment.names]
    return OwnEnvironment(jnp.asarray([value if is_number(value) else np.nan for value in values], float), instance)


def rollout(
    policies: Any,
    environment: GymnasiumEnvironment,
    tasks: Any,
    *,
    size: int,
    key: PRNGKeyArray,
    sampled: bool = True,
    numbers: Sequence[int] | None = None,
) -> Rollouts:
    """Run `size` trajectories of each task with a policy of its own; call it outside of any jit.

    Args:
        policies: observation to the environment's `behaviour`, stacked over tasks.
        environment: that is stepped.
        tasks: the parameters of each task, stacked, or an `OwnEnvironment` with a first axis.
        size: trajectories of a task.
        key: for the seeds of resets, and for actions.
        sampled: draw the actions, or take the most likely ones.
        numbers: of the tasks, see `host_rollout`.

    Returns:
        The trajectories, with the task as first axis and zeros after the end; and for each step whether the environment
        terminated, not a number after the end. A trajectory that ends otherwise met a time limit.

    Raises:
        ValueError: an observation or a reward is not finite; the sentence says where.
    """
    if isinstance(tasks, OwnEnvironment):
        return _own(policies, environment, tasks, size=size, key=key, sampled=sampled)

    def start(values: Any, draws: Draws) -> AbstractHostRun:
        return begin(environment, values, draws)

    return _rollout(policies, environment, start, tasks, size=size, key=key, sampled=sampled, numbers=numbers)


def _rollout(policies: Any, environment: GymnasiumEnvironment, start: Any, tasks: Any, **how: Any) -> Rollouts:
    sizes = {"horizon": environment.horizon, "action_size": environment.action_size}
    seen, (terminated,), _ = host_rollout(policies, start, tasks, behaviour=environment.behaviour, **sizes, **how)
    return seen, terminated


def _own(
    policies: Any, environment: GymnasiumEnvironment, tasks: OwnEnvironment, *, size: int, key: PRNGKeyArray, **how: Any
) -> Rollouts:
    """Run the trajectories of an environment of the user, one after another."""

    def start(values: Any, draws: Draws) -> AbstractHostRun:
        return GymnasiumRun(environment, [tasks.instance], values, draws.integers(2**31, size=1).tolist())

    arrays, static = eqx.partition(policies, eqx.is_array)
    parts = []
    for index in range(len(tasks.values)):
        policy = eqx.combine(jax.tree.map(lambda leaf, index=index: leaf[index : index + 1], arrays), static)
        values = np.asarray(tasks.values[index : index + 1], float)
        for number in range(size):
            own_key = jax.random.fold_in(jax.random.fold_in(key, index), number)
            parts.append(_rollout(policy, environment, start, values, size=1, key=own_key, **how))

    def joined(*leaves: Any) -> Any:
        whole = np.concatenate([np.asarray(leaf) for leaf in leaves])
        return whole.reshape(-1, size, *whole.shape[2:])

    seen, terminated = jax.tree.map(joined, *parts)
    return jax.tree.map(jnp.asarray, seen), terminated
