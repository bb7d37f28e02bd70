"""Continuous control: a body that must run at an unknown velocity, or in an unknown direction."""

from abc import abstractmethod
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.family import AbstractPicture
from hypermaml._core.reinforcement import AbstractReinforcementFamily
from hypermaml._core.task_info import TaskInfo
from hypermaml.families.description import describe
from hypermaml.families.descriptor import Descriptor
from hypermaml.families.hosted import PORTRAYED, mean_returns
from hypermaml.families.simulated import AbstractSimulatedFamily, StepMetricPicture
from hypermaml.rl.rollout import Trajectories
from hypermaml.rl.rollout import rollout as device_rollout
from hypermaml.sim.device import DeviceTrack, mjx_of
from hypermaml.sim.rollout import StepRecord
from hypermaml.sim.track import Speedometer, Track

OUTSIDE = 1.5


class AbstractLocomotion(AbstractReinforcementFamily):
    """Velocities uniform from 0 to 2 m/s (HalfCheetah) or 3 m/s (Ant), or directions 1 and -1 with equal chance.

    A task is that number, of shape `()`. Held out for extrapolation: velocities up to 1.5 times as high. There are no
    other directions, so that directions have no such region. The description is the number; noisy, a velocity with
    normal noise of deviation `noise`, a direction that is flipped with probability `flips`.

    Attributes:
        environment: the body on its track.
        description: how tasks are described.
        noise: standard deviation of a noisy velocity, in m/s, >= 0.
        flips: probability that a noisy direction is wrong, in [0, 1].

    Raises:
        ModuleNotFoundError: MuJoCo is not installed; the sentence says how to install it.
        ValueError: a value is out of its range.

    Reference:
        Finn et al. 2017, arXiv 1703.03400, section 5.3.
    """

    environment: Track = eqx.field(static=True, kw_only=True)
    description: Descriptor = eqx.field(static=True, default="full")
    noise: float = eqx.field(static=True, default=0.5)
    flips: float = eqx.field(static=True, default=0.2)

    def __check_init__(self):
        self.check_installed()
        name = type(self).__name__
        if self.description == "partial":
            raise ValueError(f"{name}: a task is one number, so that its description is full, noisy or none")
        if not self.noise >= 0:
            raise ValueError(f"{name}: noise is {self.noise}, but it must be at least 0")
        if not 0 <= self.flips <= 1:
            raise ValueError(f"{name}: flips is {self.flips}, but it must be in [0, 1]")

    @abstractmethod
    def check_installed(self) -> None:
        """Raise `ModuleNotFoundError` where the simulator is not installed."""

    @property
    def splits(self) -> tuple[str, ...]:
        return (*super().splits, "extrapolation") if self.environment.goal == "velocity" else super().splits

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Float[Array, " task"]:
        key = self.split_key(split, key)
        if self.environment.goal == "direction":
            return jax.random.rademacher(key, (n,), dtype=float)
        top = self.environment.body.top_speed
        low, high = (top, OUTSIDE * top) if split == "extrapolation" else (0.0, top)
        return jax.random.uniform(key, (n,), minval=low, maxval=high)

    def identities(self, tasks: Float[Array, " task"]) -> list[str]:
        """Return nothing for directions: the two are all that there are."""
        return [] if self.environment.goal == "direction" else super().identities(tasks)

    def task_info(self, task: Float[Array, ""], *, key: PRNGKeyArray) -> TaskInfo:
        if self.environment.goal == "direction" and self.description == "noisy":
            wrong = jax.random.bernoulli(key, self.flips)
            return TaskInfo(jnp.where(wrong, -task, task)[None], task[None])
        noise = jnp.full(1, self.noise)
        return TaskInfo(describe(task[None], self.description, kept=(0,), noise=noise, key=key), task[None])


class Locomotion(AbstractSimulatedFamily, AbstractLocomotion):
    """The tasks of `AbstractLocomotion` on MuJoCo's C library, which steps on the host."""

    def scores_of(self, trajectories: Trajectories, record: StepRecord) -> dict[str, Float[Array, " task"]]:
        return {"return": mean_returns(trajectories)}

    @property
    def picture(self) -> "SpeedPicture":
        return SpeedPicture()


class DeviceLocomotion(AbstractLocomotion):
    """The tasks of `AbstractLocomotion` on MJX, which steps inside of the jit: for accelerators.

    It draws other random numbers than `Locomotion`; `hypermaml.sim.device` says where its physics differs.
    """

    def check_installed(self) -> None:
        mjx_of(self.environment.body)

    def trajectories(
        self, learner: Any, task: Float[Array, ""], *, size: int, key: PRNGKeyArray, sampled: bool = True
    ) -> Trajectories:
        return device_rollout(learner, DeviceTrack(self.environment), task, size=size, key=key, sampled=sampled)

    @property
    def picture(self) -> "DeviceSpeedPicture":
        return DeviceSpeedPicture()


class SpeedPicture(StepMetricPicture):
    """Shows the forward velocity of sampled trajectories in m/s; not a number after the end."""

    name: ClassVar[str] = "speeds"

    def scene(
        self, family: AbstractLocomotion, tasks: Float[Array, " task"], support: Any, query: Any
    ) -> dict[str, Array]:
        return {family.environment.goal: tasks}


class DeviceSpeedPicture(AbstractPicture):
    """Shows the forward velocity of sampled trajectories in m/s; not a number after the end."""

    name: ClassVar[str] = "speeds"

    def scene(
        self, family: AbstractLocomotion, tasks: Float[Array, " task"], support: Any, query: Any
    ) -> dict[str, Array]:
        return {family.environment.goal: tasks}

    def portrait(
        self, family: AbstractLocomotion, learner: Any, task: Float[Array, ""], query: Any, *, key: PRNGKeyArray
    ) -> Float[Array, "trajectory time"]:
        track = Speedometer(family.environment.body, family.environment.horizon)
        seen = device_rollout(learner, DeviceTrack(track), task, size=PORTRAYED, key=key)
        return jnp.where(seen.mask > 0, seen.rewards, jnp.nan)
