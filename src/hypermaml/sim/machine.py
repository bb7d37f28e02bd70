"""What MuJoCo simulates: the contract of a machine with motors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar


class AbstractMachine(ABC):
    """A model with motors, and what is read of it. An action is in [-1, 1] for each motor, and is clipped to that.

    It is no `eqx.Module`: it holds no arrays, and on the host its methods are called at every step. It is hashable,
    since models and simulations are kept for each machine.

    Attributes:
        needs: the packages that its model is made with.
        action_size: motors.
        handled: the body of its model that it handles; empty where there is none.
    """

    needs: ClassVar[tuple[str, ...]] = ("mujoco",)
    action_size: ClassVar[int]
    handled: ClassVar[str] = ""

    @property
    @abstractmethod
    def substeps(self) -> int:
        """Physics steps that an action lasts."""

    @property
    @abstractmethod
    def timestep(self) -> float:
        """Of the physics, in s."""

    @property
    @abstractmethod
    def observation_size(self) -> int:
        """Entries of an observation."""

    @property
    @abstractmethod
    def velocity_size(self) -> int:
        """Degrees of freedom."""

    @abstractmethod
    def spec(self, mujoco: Any) -> Any:
        """The `MjSpec` of its model.

        Args:
            mujoco: the module, which only the modules beside `model` import.
        """

    def rest(self, model: Any) -> Any:
        """The generalized positions that a trajectory starts near, `(nq,)`."""
        return model.qpos0.copy()

    @abstractmethod
    def watch(self, bind: Callable[[str], Any], model: Any, n: int) -> Callable[[], Any]:
        """A function that reads the present physics; arrays that the next step overwrites.

        What it gives is a named tuple of arrays with the simulations along the first axis, and has `position`,
        `velocity` and `contact`, which is what only a step computes and is 0 after a reset.

        Args:
            bind: from the name of a field of `MjData` to the array of all simulations.
            model: the `MjModel`.
            n: simulations.
        """
