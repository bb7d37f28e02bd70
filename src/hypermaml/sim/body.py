"""Bodies of continuous control: their observations, their costs, and when they have fallen.

A body is defined once for both steppers: its computations on `Physics` use only operations that NumPy and JAX arrays
share, with the simulations along the leading axes.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from hypermaml.sim.machine import AbstractMachine
from hypermaml.sim.physics import Physics

Variant = Literal["rllab", "gymnasium"]


@dataclass(frozen=True)
class AbstractBody(AbstractMachine):
    """A body that runs, from one of Gymnasium's assets.

    Attributes:
        variant: `rllab`, the physics, observations and costs of the MAML paper's code: one substep an action, the
            velocity of the centre of mass; `gymnasium`, those of Gymnasium's v5: five substeps, the torso's velocity.
        asset: file of the model in Gymnasium's assets.
        feels: whether it observes the forces of contacts.
        top_speed: the highest velocity of meta-training tasks, in m/s.
        staying_up: reward of each step that is paid beside keeping a velocity, so that falling does not pay.
    """

    needs: ClassVar[tuple[str, ...]] = ("mujoco", "gymnasium")
    variant: Variant = "rllab"
    asset: ClassVar[str]
    feels: ClassVar[bool]
    top_speed: ClassVar[float]
    staying_up: ClassVar[float]

    def __post_init__(self):
        if self.variant not in get_args(Variant):
            known = ", ".join(get_args(Variant))
            raise ValueError(f"{type(self).__name__}: variant is '{self.variant}', but it must be one of {known}")

    @property
    def substeps(self) -> int:
        return 1 if self.variant == "rllab" else 5

    @property
    def spread(self) -> tuple[Literal["normal", "uniform"], float]:
        """Return the noise of the start positions: normal of this deviation, or uniform within this bound."""
        return ("normal", 0.01) if self.variant == "rllab" else ("uniform", 0.1)

    @property
    def feels_at_start(self) -> bool:
        """Return whether it does: rllab computes the forces of the start state, Gymnasium leaves them at 0."""
        return self.feels and self.variant == "rllab"

    def start(self, pose: Any, offset: Any, velocity: Any) -> tuple[Any, Any]:
        """Return positions and velocities near rest.

        Args:
            pose: at rest, `(nq,)`.
            offset: standard-normal or uniform in [-1, 1], as `spread` says, `(..., nq)`.
            velocity: standard-normal, `(..., nv)`; their deviation becomes 0.1 m/s or rad/s.
        """
        return pose + self.spread[1] * offset, 0.1 * velocity

    def spec(self, mujoco: Any) -> Any:
        """Return Gymnasium's model with a sensor `center_velocity` of the whole body's centre of mass.

        A body that feels has an acceleration sensor, without which MuJoCo leaves the contact forces at zero.
        """
        spec = mujoco.MjSpec.from_file(str(_assets() / self.asset))
        spec.option.timestep = self.timestep
        spec.add_sensor(
            name="center_velocity",
            type=mujoco.mjtSensor.mjSENS_SUBTREELINVEL,
            objtype=mujoco.mjtObj.mjOBJ_BODY,
            objname="torso",
        )
        if self.feels:
            spec.add_sensor(
                name="acceleration",
                type=mujoco.mjtSensor.mjSENS_FRAMELINACC,
                objtype=mujoco.mjtObj.mjOBJ_BODY,
                objname="torso",
            )
        return spec

    def watch(self, bind: Callable[[str], Any], model: Any, n: int) -> Callable[[], Physics]:
        torso = model.body("torso").id
        position, velocity = bind("qpos"), bind("qvel")
        center, sensors = bind("subtree_com"), bind("sensordata")
        orientation = bind("xmat") if self.feels else np.zeros((n, torso + 1, 9))
        contact = bind("cfrc_ext") if self.feels else np.zeros((n, model.nbody, 6))

        def read() -> Physics:
            return Physics(position, velocity, center[:, torso], sensors[:, :3], orientation[:, torso], contact)

        return read

    @abstractmethod
    def observe(self, now: Physics) -> Any:
        """Return the observations, `(..., observation)`."""

    @abstractmethod
    def upkeep(self, action: Any, after: Physics) -> Any:
        """Return the part of a step's reward that no task changes, `(...)`: costs, and a reward for living."""

    @abstractmethod
    def fallen(self, after: Physics) -> Any:
        """Return whether the trajectory ends with the step, `(...)`."""

    def speed(self, before: Physics, after: Physics) -> Any:
        """Return the forward velocity of a step in m/s, `(...)`: the centre of mass's after it, or the torso's mean.

        Gymnasium's own ant measures the torso's path one substep late; here it is that of the step.
        """
        if self.variant == "rllab":
            return after.center_velocity[..., 0]
        return (after.position[..., 0] - before.position[..., 0]) / (self.substeps * self.timestep)


class HalfCheetah(AbstractBody):
    """Two legs in a vertical plane; it never falls."""

    asset: ClassVar[str] = "half_cheetah.xml"
    action_size: ClassVar[int] = 6
    feels: ClassVar[bool] = False
    top_speed: ClassVar[float] = 2.0
    staying_up: ClassVar[float] = 0.0

    @property
    def timestep(self) -> float:
        return 0.01

    @property
    def velocity_size(self) -> int:
        return 9

    @property
    def observation_size(self) -> int:
        return 20 if self.variant == "rllab" else 17

    def observe(self, now: Physics) -> Any:
        seen = [now.position[..., 1:], now.velocity]
        return _join([*seen, now.center] if self.variant == "rllab" else seen)

    def upkeep(self, action: Any, after: Physics) -> Any:
        price = 0.05 if self.variant == "rllab" else 0.1
        return -price * (action.clip(-1, 1) ** 2).sum(-1)

    def fallen(self, after: Physics) -> Any:
        return after.position[..., 0] != after.position[..., 0]


class Ant(AbstractBody):
    """Four legs; it has fallen where its torso is below 0.2 m or above 1 m."""

    asset: ClassVar[str] = "ant.xml"
    action_size: ClassVar[int] = 8
    feels: ClassVar[bool] = True
    top_speed: ClassVar[float] = 3.0
    staying_up: ClassVar[float] = 1.0

    @property
    def timestep(self) -> float:
        return 0.02 if self.variant == "rllab" else 0.01

    @property
    def velocity_size(self) -> int:
        return 14

    @property
    def observation_size(self) -> int:
        return 125 if self.variant == "rllab" else 105

    def spec(self, mujoco: Any) -> Any:
        """Return the spec; in rllab an action of ±150 gives as many N·m, and contacts are softer and slower."""
        spec = super().spec(mujoco)
        if self.variant == "rllab":
            for geom in spec.geoms:
                geom.solref[:2] = (0.02, 1.0)
                geom.solimp[:3] = (0.8, 0.8, 0.01)
            for motor in spec.actuators:
                motor.gear[0] = 1.0
                motor.ctrlrange[:] = (-150.0, 150.0)
        return spec

    def rest(self, model: Any) -> Any:
        """Return the pose at rest; in rllab on its four legs, as the model names it."""
        return model.numeric("init_qpos").data.copy() if self.variant == "rllab" else super().rest(model)

    def observe(self, now: Physics) -> Any:
        contact = now.contact.clip(-1, 1)
        if self.variant == "gymnasium":
            return _join([now.position[..., 2:], now.velocity, _flat(contact[..., 1:, :])])
        return _join([now.position, now.velocity, _flat(contact), now.orientation, now.center])

    def upkeep(self, action: Any, after: Physics) -> Any:
        control, living = (0.005, 0.05) if self.variant == "rllab" else (0.5, 1.0)
        contact = (_flat(after.contact.clip(-1, 1)) ** 2).sum(-1)
        return living - control * (action.clip(-1, 1) ** 2).sum(-1) - 0.0005 * contact

    def fallen(self, after: Physics) -> Any:
        height = after.position[..., 2]
        return ~((height >= 0.2) & (height <= 1.0))


def _join(parts: list[Any]) -> Any:
    return parts[0].__array_namespace__().concatenate(parts, axis=-1)


def _flat(contact: Any) -> Any:
    return contact.reshape(*contact.shape[:-2], -1)


def _assets() -> Path:
    """Return the folder of Gymnasium's models, without importing Gymnasium."""
    package = find_spec("gymnasium")
    assert package is not None
    return Path(next(iter(package.submodule_search_locations or []))) / "envs" / "mujoco" / "assets"
