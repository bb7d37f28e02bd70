"""The contract of an environment that MuJoCo steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from hypermaml.sim.machine import AbstractMachine


class AbstractSimulated(ABC):
    """A machine, its start, its observations and its rewards.

    Tasks are stacked along the axis of the simulations, one for each. Methods that read physics use only operations
    that NumPy and JAX arrays share, so that they serve simulations on the host and on the device.

    Attributes:
        horizon: actions of a trajectory that does not end early.
    """

    horizon: int

    @property
    @abstractmethod
    def machine(self) -> AbstractMachine:
        """Return the machine that is simulated."""

    @property
    def action_size(self) -> int:
        """Return the entries of an action."""
        return self.machine.action_size

    @property
    def observation_size(self) -> int:
        """Return the entries of an observation."""
        return self.machine.observation_size

    @property
    def seconds(self) -> float:
        """Return the duration of an action, in s."""
        return self.machine.substeps * self.machine.timestep

    def models(self, tasks: Any) -> list[Any] | None:
        """Return the `MjModel` of each task, compiled from one spec; `None` where all tasks have the machine's."""
        return None

    @abstractmethod
    def start(self, tasks: Any, generator: Any) -> tuple[Any, Any]:
        """Return positions and velocities at the start, `(n, nq)` and `(n, nv)`.

        Args:
            tasks: of the simulations.
            generator: NumPy's or `Draws`, which draws them.
        """

    @abstractmethod
    def observe(self, task: Any, now: Any) -> Any:
        """Return the observations, `(..., observation)`."""

    def drive(self, now: Any, action: Any) -> Any:
        """Return the signals of the motors, in [-1, 1] and clipped to that; by default the action."""
        return action

    @abstractmethod
    def reward(self, task: Any, before: Any, action: Any, after: Any) -> Any:
        """Return the reward of a step, `(...)`.

        Args:
            task: of a shape that broadcasts with the simulations.
            before: physics at the start of the step.
            action: as the policy drew it.
            after: physics at the end of the step.
        """

    @abstractmethod
    def ended(self, after: Any) -> Any:
        """Return whether the trajectory ends with the step, `(...)`."""

    @abstractmethod
    def step_metric(self, task: Any, before: Any, after: Any) -> Any:
        """Return the number of a step that pictures and scores read, `(...)`: a speed, a height."""
