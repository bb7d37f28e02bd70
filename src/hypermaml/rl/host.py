"""Rollouts on the host: policies in XLA alternate with environments that are no part of a compiled function."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from hypermaml.rl.recurrent import recurrent, repeated
from hypermaml.rl.rollout import Trajectories


class HostStep(NamedTuple):
    """What a step of environments on the host gives; the first axis of each array is the environment.

    Attributes:
        reward: of the step.
        taken: whether the step counts: it was taken, and the state after it is sound.
        ended: whether the trajectory ends with it.
        record: numbers of the step that are kept beside the trajectories.
    """

    reward: Float[np.ndarray, " n"]
    taken: Bool[np.ndarray, " n"]
    ended: Bool[np.ndarray, " n"]
    record: tuple[np.ndarray, ...]


class AbstractHostRun(ABC):
    """Environments that step together, each in the middle of its trajectory."""

    @abstractmethod
    def observe(self) -> Float[np.ndarray, "n observation"]:
        """Return the present observations."""

    @abstractmethod
    def step(self, action: Float[np.ndarray, "n action"], alive: Bool[np.ndarray, " n"]) -> HostStep:
        """Take a step in the environments that are alive.

        Args:
            action: as the policies drew it.
            alive: whether a trajectory has not ended yet.
        """


def host_rollout(
    policies: Any,
    begin: Callable[[Any, Draws], AbstractHostRun],
    tasks: Any,
    *,
    behaviour: Any,
    horizon: int,
    action_size: int,
    size: int,
    key: PRNGKeyArray,
    sampled: bool = True,
    numbers: Sequence[int] | None = None,
) -> tuple[Trajectories, tuple[np.ndarray, ...], AbstractHostRun]:
    """Run `size` trajectories of each task with a policy of its own; call it outside of any jit.

    All policies act at once, then all environments step. Each trajectory begins with the memory that its policy has.

    Args:
        policies: observation to a distribution over actions, or `AbstractRecurrentPolicy`, stacked over tasks.
        begin: starts an environment for each of the tasks that it is given, which are NumPy.
        tasks: of the environments, stacked.
        behaviour: the class of the policies' distributions, such as `Gaussian`.
        horizon: steps of a trajectory that does not end early.
        action_size: entries of an action.
        size: trajectories of a task.
        key: for start states and actions.
        sampled: draw the actions, or take the most likely ones.
        numbers: of the tasks among those that share the key: what a task draws depends on it and on the key, and not on
            the tasks beside it. By default 0, 1, ….

    Returns:
        The trajectories, with the task as first axis and zeros after the end; the recorded numbers of each step, NumPy
        of shape `(task, trajectory, time, ...)`, not a number after the end; and the environments.
    """
    each = jax.tree.map(lambda leaf: np.repeat(np.asarray(leaf), size, axis=0), tasks)
    count = len(jax.tree.leaves(each)[0])
    n = count // size
    draws = Draws(key, range(n) if numbers is None else numbers)
    run = begin(each, draws)
    noise = behaviour.host_noise(draws, (count, horizon, action_size))
    alive, actors, steps = np.ones(count, bool), Actors(policies, size), []
    for time in range(horizon):
        observation = run.observe().astype(np.float32)
        seen = actors.act(observation.reshape(n, size, -1))
        parameters = seen.reshape(len(seen), count, -1)
        action = behaviour.host_action(parameters, noise[:, time] if sampled else None)
        step = run.step(action, alive)
        actors.note(action.reshape(n, size, -1), step.reward.reshape(n, size))
        alive = step.taken
        steps.append((observation, action, step.reward, *parameters, alive, *step.record))
        alive = alive & ~step.ended
        if not alive.any():
            break
    kept = 4 + len(parameters)
    laid = [laid_out(values, horizon) for values in zip(*steps, strict=True)]
    mask = laid[kept - 1]
    if not mask.all():
        for index, values in enumerate(laid):
            if index != kept - 1:
                values[mask == 0] = 0 if index < kept else np.nan
    laid = [values.reshape(n, size, *values.shape[1:]) for values in laid]
    observations, actions, rewards, *distribution, valid = map(jnp.asarray, laid[:kept])
    trajectories = Trajectories(observations, actions, rewards, valid, behaviour(*distribution))
    return trajectories, tuple(laid[kept:]), run


class Draws:
    """Random numbers of environments in NumPy; each task has a generator of its own. Nothing is compiled.

    The first axis of every shape is the environment: a task has as many of them as every other, side by side.
    """

    def __init__(self, key: PRNGKeyArray, numbers: Sequence[int]):
        """Begin.

        Args:
            key: for all tasks.
            numbers: of the tasks, which decide with the key what each of them draws.
        """
        words = np.asarray(jax.random.key_data(key))
        self._generators = [np.random.default_rng([*words, number]) for number in numbers]

    def standard_normal(self, shape: tuple[int, ...], dtype: Any = float) -> np.ndarray:
        """Return normal numbers of mean 0 and deviation 1."""
        return self._drawn(shape, lambda generator, part: generator.standard_normal(part, dtype))

    def standard_exponential(self, shape: tuple[int, ...], dtype: Any = float) -> np.ndarray:
        """Return exponential numbers of mean 1."""
        return self._drawn(shape, lambda generator, part: generator.standard_exponential(part, dtype))

    def uniform(self, low: float, high: float, shape: tuple[int, ...]) -> np.ndarray:
        """Return numbers that are uniform in `[low, high)`."""
        return self._drawn(shape, lambda generator, part: generator.uniform(low, high, part))

    def integers(self, high: int, size: int) -> np.ndarray:
        """Return as many whole numbers from 0 up to, but without, `high`."""
        return self._drawn((size,), lambda generator, part: generator.integers(high, size=part))

    def _drawn(self, shape: tuple[int, ...], draw: Callable[[np.random.Generator, tuple[int, ...]], Any]) -> np.ndarray:
        part = (shape[0] // len(self._generators), *shape[1:])
        return np.concatenate([draw(generator, part) for generator in self._generators])


def laid_out(steps: Sequence[np.ndarray], horizon: int) -> np.ndarray:
    """Stack the numbers of all steps as an array of one row an environment, float32; zeros beyond the last step.

    Once at the end: an entry of each row at every step would be written to as many parts of the memory.
    """
    whole = np.zeros((horizon, *steps[0].shape), np.float32)
    np.stack(steps, out=whole[: len(steps)], casting="unsafe")
    return np.ascontiguousarray(whole.swapaxes(0, 1))


class Actors:
    """Policies as a function of observations, `(task, trajectory, observation)`, with the memory of each trajectory.

    A call costs little beside the arithmetic: the policies' structure is taken apart once, not at each step.
    """

    def __init__(self, policies: Any, size: int):
        """Give each trajectory the memory of its policy.

        Args:
            policies: stacked over tasks.
            size: trajectories of a task.
        """
        arrays, static = eqx.partition(policies, eqx.is_array)
        self._leaves, structure = jax.tree.flatten(arrays)
        rest_leaves, rest_structure = jax.tree.flatten(static)
        start, self._act, self._note = _functions(structure, tuple(rest_leaves), rest_structure, size)
        self._memories = start(self._leaves)

    def act(self, seen: Float[np.ndarray, "task trajectory observation"]) -> np.ndarray:
        """Return the arrays of the distributions, stacked, such as mean and log σ.

        Their shape is `(array, task, trajectory, action)`.
        """
        parameters, self._memories = self._act(self._leaves, self._memories, seen)
        return np.asarray(parameters)

    def note(self, actions: Float[np.ndarray, "task trajectory action"], rewards: np.ndarray) -> None:
        """Hand the actions and rewards of a step to the memories, where there are any."""
        if jax.tree.leaves(self._memories):
            self._memories = self._note(self._leaves, self._memories, actions, rewards.astype(np.float32))


@functools.cache
def _functions(structure: Any, rest_leaves: tuple, rest_structure: Any, size: int) -> tuple[Callable[..., Any], ...]:
    """Return the policies of this structure, compiled: without static arguments, which would be hashed at each step."""

    def whole(leaves: list[Array]) -> Any:
        arrays = jax.tree.unflatten(structure, leaves)
        return recurrent(eqx.combine(arrays, jax.tree.unflatten(rest_structure, rest_leaves)))

    @jax.jit
    def start(leaves: list[Array]) -> Any:
        return jax.vmap(lambda policy: repeated(policy.memory, size))(whole(leaves))

    @jax.jit
    def act(
        leaves: list[Array], memories: Any, seen: Array
    ) -> tuple[Float[Array, "array task trajectory action"], Any]:
        behaviour, memories = jax.vmap(lambda policy, *given: policy.act(*given))(whole(leaves), memories, seen)
        parameters = jax.tree.leaves(behaviour)
        return jnp.stack([jnp.broadcast_to(each, parameters[0].shape) for each in parameters]), memories

    @jax.jit
    def note(leaves: list[Array], memories: Any, actions: Array, rewards: Array) -> Any:
        return jax.vmap(lambda policy, *given: policy.note(*given))(whole(leaves), memories, actions, rewards)

    return start, act, note
