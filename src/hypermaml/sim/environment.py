"""What is to be done with a machine: the contract of an environment that MuJoCo steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from hypermaml.sim.machine import AbstractMachine


class AbstractSimulated(ABC):
    """A machine, where it starts, what it observes and what it is paid.

    Tasks are stacked along the axis of the simulations, one for each. What is computed from physics uses only
    operations that NumPy and JAX arrays share, so that it serves simulations on the host and on the device.

    Attributes:
        horizon: actions of a trajectory that does not end early.
    """

    horizon: int

    @property
    @abstractmethod
    def machine(self) -> AbstractMachine:
        """What is simulated."""

    @property
    def action_size(self) -> int:
        """Entries of an action."""
        return self.machine.action_size

    @property
    def observation_size(self) -> int:
        """Entries of an observation."""
        return self.machine.observation_size

    @property
    def seconds(self) -> float:
        """That an action lasts."""
        return self.machine.substeps * self.machine.timestep

    def models(self, tasks: Any) -> list[Any] | None:
        """The `MjModel` of each task, compiled from one spec; `None` where all tasks have the machine's."""
        return None

    @abstractmethod
    def start(self, tasks: Any, generator: Any) -> tuple[Any, Any]:
        """Positions and velocities at the start, `(n, nq)` and `(n, nv)`.

        Args:
            tasks: of the simulations.
            generator: NumPy's, which draws them.
        """

    @abstractmethod
    def observe(self, task: Any, now: Any) -> Any:
        """What the policy sees, `(..., observation)`."""

    def drive(self, now: Any, action: Any) -> Any:
        """The signals of the motors, in [-1, 1] and clipped to that; the action where nothing moves by itself."""
        return action

    @abstractmethod
    def reward(self, task: Any, before: Any, action: Any, after: Any) -> Any:
        """Of a step, `(...)`.

        Args:
            task: of a shape that broadcasts with the simulations.
            before: physics at the start of the step.
            action: as the policy drew it.
            after: physics at the end of the step.
        """

    @abstractmethod
    def ended(self, after: Any) -> Any:
        """Whether the trajectory ends with the step, `(...)`."""

    @abstractmethod
    def gauge(self, task: Any, before: Any, after: Any) -> Any:
        """The one number of a step that pictures and scores read, `(...)`."""
