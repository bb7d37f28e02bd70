"""Step Gymnasium environments on the host: many instances, one a trajectory, that stay alive between rollouts."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from hypermaml.rl.categorical import Categorical
from hypermaml.rl.host import AbstractHostRun, HostStep
from hypermaml.rl.policy import Gaussian
from hypermaml.sim.gymnasium import Maker, Way, made, name_of

CLIP = 10.0  # of standardized observations


class GymnasiumEnvironment(eqx.Module):
    """An environment of Gymnasium with parameters that vary.

    A policy reads standardized observations, clipped to ±10. Its actions are numbers of which ±1 are the bounds of the
    environment's action space, clipped to these; where a bound is infinite, an action is the environment's own. Of
    finitely many actions it chooses one by a vector with a single 1.

    Attributes:
        make: an id of Gymnasium, or a function that returns an environment.
        names: of the parameters.
        ways: how each is set.
        horizon: steps of a trajectory that does not end early.
        observation_shape: of the environment's observations.
        action_shape: of the environment's actions.
        actions: how many actions there are; 0 where an action is numbers.
        first: the number of the first of them.
        dtype: of an action's numbers.
        low: the least value of each number of an action.
        high: the largest value.
        center: the mean of each number of an observation.
        scale: the deviation of each number of an observation.
    """

    make: Maker = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    ways: tuple[Way, ...] = eqx.field(static=True)
    horizon: int = eqx.field(static=True)
    observation_shape: tuple[int, ...] = eqx.field(static=True)
    action_shape: tuple[int, ...] = eqx.field(static=True)
    actions: int = eqx.field(static=True)
    first: int = eqx.field(static=True)
    dtype: str = eqx.field(static=True)
    low: Float[Array, " action"]
    high: Float[Array, " action"]
    center: Float[Array, " observation"]
    scale: Float[Array, " observation"]

    @property
    def observation_size(self) -> int:
        """The number of entries of an observation."""
        return int(np.prod(self.observation_shape))

    @property
    def action_size(self) -> int:
        """The number of entries of an action as the policy draws it."""
        return self.actions or int(np.prod(self.action_shape))

    @property
    def behaviour(self) -> Any:
        """The class of a policy's distributions."""
        return Categorical if self.actions else Gaussian

    def standardized(self, observations: np.ndarray) -> np.ndarray:
        """Return observations, `(n, ...)`, as a policy reads them, `(n, observation)`."""
        flat = np.asarray(observations, float).reshape(len(observations), -1)
        return np.clip((flat - np.asarray(self.center)) / np.asarray(self.scale), -CLIP, CLIP)

    def exported_observations(self, x: Float[Array, "n ..."]) -> Float[Array, "n observation"]:
        """Return observations as a policy reads them, within a program that is exported."""
        flat = x.reshape(x.shape[0], self.observation_size)
        return jnp.clip((flat - self.center) / self.scale, -CLIP, CLIP)

    def exported(self, actions: Float[Array, "n action"]) -> Array:
        """Return actions of a policy as the environment reads them, within a program that is exported."""
        if self.actions:
            return actions.argmax(-1) + self.first
        bounded = jnp.isfinite(self.low) & jnp.isfinite(self.high)
        low, high = jnp.where(bounded, self.low, -1.0), jnp.where(bounded, self.high, 1.0)
        within = jnp.clip((low + high) / 2 + actions * (high - low) / 2, self.low, self.high)
        return within.astype(self.dtype).reshape(actions.shape[0], *self.action_shape)

    def native(self, actions: Float[np.ndarray, "n action"]) -> Any:
        """Return actions of a policy as the environment reads them."""
        if self.actions:
            return (actions.argmax(-1) + self.first).tolist()
        low, high = np.asarray(self.low), np.asarray(self.high)
        bounded = np.isfinite(low) & np.isfinite(high)
        low_, high_ = np.where(bounded, low, -1.0), np.where(bounded, high, 1.0)
        within = np.clip((low_ + high_) / 2 + actions * (high_ - low_) / 2, low, high)
        return within.astype(self.dtype).reshape(len(actions), *self.action_shape)


class GymnasiumRun(AbstractHostRun):
    """Environments in the middle of their trajectories, one a simulation.

    Attributes:
        environment: what they are instances of.
        instances: environments of Gymnasium.
        values: of the parameters of each, for sentences; `(n, parameter)`.
    """

    def __init__(
        self, environment: GymnasiumEnvironment, instances: Sequence[Any], values: np.ndarray, seeds: Sequence[int]
    ):
        """Reset the environments.

        Args:
            environment: what they are instances of.
            instances: environments of Gymnasium, whose parameters are set.
            values: of the parameters of each.
            seeds: of each reset.
        """
        self.environment, self.instances, self.values, self._time = environment, instances, values, 0
        self._seen = np.zeros((len(instances), environment.observation_size))
        for index, (instance, seed) in enumerate(zip(instances, seeds, strict=True)):
            self._seen[index] = np.reshape(instance.reset(seed=int(seed))[0], -1)
        self._check(self._seen, "observation", "at the start")

    def observe(self) -> Float[np.ndarray, "n observation"]:
        return self.environment.standardized(self._seen)

    @property
    def seen(self) -> Float[np.ndarray, "n observation"]:
        """The present observations as the environments give them."""
        return self._seen

    def step(self, action: Float[np.ndarray, "n action"], alive: Bool[np.ndarray, " n"]) -> HostStep:
        """Take a step in the environments that are alive.

        Beside the reward it records whether the environment terminated; otherwise its own time limit cut it off.

        Raises:
            ValueError: an observation or a reward is not finite; the sentence says where.
        """
        native, count = self.environment.native(action), len(alive)
        reward, terminated, ended = np.zeros(count), np.zeros(count), np.zeros(count, bool)
        for index in np.flatnonzero(alive).tolist():
            seen, reward[index], terminated[index], truncated, _ = self.instances[index].step(native[index])
            self._seen[index] = np.reshape(seen, -1)
            ended[index] = terminated[index] or truncated
        self._check(self._seen, "observation", f"after step {self._time}")
        self._check(reward[:, None], "reward", f"of step {self._time}")
        self._time += 1
        return HostStep(reward, alive, ended, (terminated,))

    def _check(self, numbers: np.ndarray, what: str, when: str) -> None:
        if np.isfinite(numbers.sum()):
            return
        bad = np.flatnonzero(~np.isfinite(numbers).all(axis=1))
        if len(bad):
            shown = zip(self.environment.names, self.values[bad[0]], strict=True)
            parameters = ", ".join(f"{name} = {value:.6g}" for name, value in shown if np.isfinite(value))
            where = f" with {parameters}" if parameters else ""
            raise ValueError(f"{name_of(self.environment.make)}: the {what} {when} is not finite{where}")


class Instances:
    """Environments that are used again, since making one takes longer than resetting it."""

    def __init__(self, make: Maker, names: tuple[str, ...], ways: tuple[Way, ...], horizon: int):
        self._make, self._horizon = make, horizon
        self._arguments = [index for index, way in enumerate(ways) if way == "argument"]
        self._attributes = [(index, names[index]) for index, way in enumerate(ways) if way == "attribute"]
        self._names = names
        self._held: list[tuple[tuple[float, ...], Any]] = []

    def at(self, values: Float[np.ndarray, "n parameter"]) -> list[Any]:
        """Return an environment for each row of parameters, which are set."""
        for index, row in enumerate(values):
            own = tuple(float(row[each]) for each in self._arguments)
            if index == len(self._held) or self._held[index][0] != own:
                if index < len(self._held):
                    self._held[index][1].close()
                given = {self._names[each]: value for each, value in zip(self._arguments, own, strict=True)}
                self._held[index : index + 1] = [(own, made(self._make, self._horizon, given))]
            inner = self._held[index][1].unwrapped
            for each, name in self._attributes:
                setattr(inner, name, float(row[each]))
        return [instance for _, instance in self._held[: len(values)]]


@functools.lru_cache(maxsize=4)
def instances_of(make: Maker, names: tuple[str, ...], ways: tuple[Way, ...], horizon: int) -> Instances:
    """Return the instances of an environment that are alive in this process."""
    return Instances(make, names, ways, horizon)


def begin(environment: GymnasiumEnvironment, values: np.ndarray, generator: Any) -> GymnasiumRun:
    """Start an environment for each row of parameters.

    Args:
        environment: what is started.
        values: of the parameters, `(n, parameter)`.
        generator: NumPy's or `Draws`, which draws the seeds.
    """
    held = instances_of(environment.make, environment.names, environment.ways, environment.horizon)
    return GymnasiumRun(environment, held.at(values), values, generator.integers(2**31, size=len(values)).tolist())
