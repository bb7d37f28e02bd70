"""Continuous control: a body that must run at an unknown velocity, or in an unknown direction."""

from abc import abstractmethod
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.reinforcement import AbstractReinforcementFamily, Experience
from hypermaml._core.task_info import TaskInfo
from hypermaml.families.description import describe
from hypermaml.families.descriptor import Descriptor
from hypermaml.families.hosted import PORTRAYED, AbstractHosted, mean_returns
from hypermaml.nn.mlp import Activation
from hypermaml.rl.estimators import LVC, AbstractEstimator
from hypermaml.rl.rollout import Trajectories
from hypermaml.rl.rollout import rollout as device_rollout
from hypermaml.sim.device import DeviceTrack, mjx_of
from hypermaml.sim.rollout import StepRecord
from hypermaml.sim.track import Speedometer, Track

OUTSIDE = 1.5


class AbstractLocomotion(AbstractReinforcementFamily):
    """Velocities uniform from 0 to 2 m/s (HalfCheetah) or 3 m/s (Ant), or directions 1 and -1 with equal chance.

    A task is that number, of shape `()`. Held out for extrapolation: velocities up to 1.5 times as high. There are no
    other directions, so that directions have no such region. The descriptor is the number; noisy, a velocity with
    normal noise of deviation `noise`, a direction that is flipped with probability `flips`.

    Attributes:
        environment: the body on its track.
        description: how tasks are described.
        shots: support trajectories K.
        queries: query trajectories.
        noise: standard deviation of a noisy velocity, in m/s, >= 0.
        flips: probability that a noisy direction is wrong, in [0, 1].
        estimator: of the inner gradient.
        discount: γ.
        gae_lambda: λ of the generalized advantages.
        hidden: widths of the policy's hidden layers.
        activation: of the hidden layers.

    Raises:
        ModuleNotFoundError: MuJoCo is not installed; the sentence says what to install.
        ValueError: a value is out of its range.

    Reference:
        Finn et al. 2017, arXiv 1703.03400, section 5.3.
    """

    portrayed: ClassVar[str] = "speeds"

    environment: Track = eqx.field(static=True)
    description: Descriptor = eqx.field(static=True, default="full")
    shots: int = eqx.field(static=True, default=20)
    queries: int = eqx.field(static=True, default=20)
    noise: float = eqx.field(static=True, default=0.5)
    flips: float = eqx.field(static=True, default=0.2)
    estimator: AbstractEstimator = LVC()
    discount: float = eqx.field(static=True, default=0.99)
    gae_lambda: float = eqx.field(static=True, default=1.0)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(100, 100))
    activation: Activation = eqx.field(static=True, default=jax.nn.relu)

    def __check_init__(self):
        self.require()
        name = type(self).__name__
        if self.description == "partial":
            raise ValueError(f"{name}: a task is one number, so that its description is full, noisy or none")
        if not self.noise >= 0:
            raise ValueError(f"{name}: noise is {self.noise}, but it must be at least 0")
        if not 0 <= self.flips <= 1:
            raise ValueError(f"{name}: flips is {self.flips}, but it must be in [0, 1]")

    @abstractmethod
    def require(self) -> None:
        """Raises `ModuleNotFoundError` where what steps the physics is not installed."""

    @property
    def extrapolates(self) -> bool:
        return self.environment.goal == "velocity"

    @property
    def observation_size(self) -> int:
        return self.environment.observation_size

    def draw(self, n: int, *, outside: bool, key: PRNGKeyArray) -> Float[Array, " task"]:
        if self.environment.goal == "direction":
            return jax.random.rademacher(key, (n,), dtype=float)
        top = self.environment.body.top_speed
        low, high = (top, OUTSIDE * top) if outside else (0.0, top)
        return jax.random.uniform(key, (n,), minval=low, maxval=high)

    def task_info(self, task: Float[Array, ""], *, key: PRNGKeyArray) -> TaskInfo:
        if self.environment.goal == "direction" and self.description == "noisy":
            wrong = jax.random.bernoulli(key, self.flips)
            return TaskInfo(jnp.where(wrong, -task, task)[None], task[None])
        noise = jnp.full(1, self.noise)
        return TaskInfo(describe(task[None], self.description, kept=(0,), noise=noise, key=key), task[None])

    def scene(self, tasks: Float[Array, " task"], support: Experience) -> dict[str, Array]:
        return {self.environment.goal: tasks}


class Locomotion(AbstractHosted, AbstractLocomotion):
    """The tasks of `AbstractLocomotion` on MuJoCo's C library, which steps on the host; pictures show speeds in m/s."""

    def read_metrics(self, seen: Trajectories, record: StepRecord) -> dict[str, Float[Array, " task"]]:
        return {"return": mean_returns(seen)}


class DeviceLocomotion(AbstractLocomotion):
    """The tasks of `AbstractLocomotion` on MJX, which steps inside of the jit: for accelerators.

    It draws other random numbers than `Locomotion`, and `hypermaml.sim.device` tells where its physics differs.
    """

    def require(self) -> None:
        mjx_of(self.environment.body)

    def trajectories(
        self, learner: Any, task: Float[Array, ""], *, size: int, key: PRNGKeyArray, sampled: bool = True
    ) -> Trajectories:
        return device_rollout(learner, DeviceTrack(self.environment), task, size=size, key=key, sampled=sampled)

    def portrait(self, learner: Any, task: Float[Array, ""], *, key: PRNGKeyArray) -> Float[Array, "trajectory time"]:
        track = Speedometer(self.environment.body, self.environment.horizon)
        seen = device_rollout(learner, DeviceTrack(track), task, size=PORTRAYED, key=key)
        return jnp.where(seen.mask > 0, seen.rewards, jnp.nan)
