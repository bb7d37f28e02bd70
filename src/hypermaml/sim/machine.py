"""The contract of a machine with motors that MuJoCo simulates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar


class AbstractMachine(ABC):
    """A model with motors, and its readings. An action is in [-1, 1] for each motor, and is clipped to that.

    It is not an `eqx.Module`: it holds no arrays, and on the host its methods are called at every step. It is hashable,
    since models and simulations are kept for each machine.

    Attributes:
        needs: the packages that its model is made with.
        action_size: motors.
        feels: whether the forces of contacts are read at the state after a step, which solves for them once more;
            otherwise they are those at the start of the last substep.
        handled: the body of its model that it handles; empty where there is none.
    """

    needs: ClassVar[tuple[str, ...]] = ("mujoco",)
    action_size: ClassVar[int]
    feels: ClassVar[bool] = False
    handled: ClassVar[str] = ""

    @property
    @abstractmethod
    def substeps(self) -> int:
        """Return the physics steps of an action."""

    @property
    @abstractmethod
    def timestep(self) -> float:
        """Return the time step of the physics, in s."""

    @property
    @abstractmethod
    def observation_size(self) -> int:
        """Return the entries of an observation."""

    @property
    def feels_at_start(self) -> bool:
        """Return whether forces of contacts are felt before the first step; otherwise they are 0 there."""
        return False

    @property
    @abstractmethod
    def velocity_size(self) -> int:
        """Return the degrees of freedom."""

    @abstractmethod
    def spec(self, mujoco: Any) -> Any:
        """Return the `MjSpec` of its model.

        Args:
            mujoco: the module, which only the modules beside `model` import.
        """

    def rest(self, model: Any) -> Any:
        """Return the generalized positions that a trajectory starts near, `(nq,)`."""
        return model.qpos0.copy()

    @abstractmethod
    def watch(self, bind: Callable[[str], Any], model: Any, n: int) -> Callable[[], Any]:
        """Return a function that reads the present physics; the next step overwrites its arrays.

        The function returns a named tuple of arrays with the simulations along the first axis, and has `position`,
        `velocity` and `contact`.

        Args:
            bind: from the name of a field of `MjData` to the array of all simulations.
            model: the `MjModel`.
            n: simulations.
        """
