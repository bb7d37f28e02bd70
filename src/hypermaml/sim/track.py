"""Environments of continuous control: a body on a track, and the speed that it is paid for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from hypermaml.sim.body import AbstractBody
from hypermaml.sim.environment import AbstractSimulated
from hypermaml.sim.model import rest
from hypermaml.sim.physics import Physics

Goal = Literal["velocity", "direction"]


@dataclass(frozen=True)
class Track(AbstractSimulated):
    """A body that runs along the x axis.

    Attributes:
        body: that runs.
        goal: of a task: `velocity`, a speed in m/s to keep; `direction`, 1 forward or -1 backward, as fast as it can.
        horizon: actions of a trajectory that does not end early.
    """

    body: AbstractBody
    goal: Goal
    horizon: int = 200

    def __post_init__(self):
        if self.goal not in get_args(Goal):
            raise ValueError(f"Track: goal is '{self.goal}', but it must be one of {', '.join(get_args(Goal))}")
        if self.horizon < 1:
            raise ValueError(f"Track: horizon is {self.horizon}, but it must be at least 1")

    @property
    def machine(self) -> AbstractBody:
        return self.body

    def start(self, tasks: Any, generator: Any) -> tuple[Any, Any]:
        pose, n = rest(self.body), len(tasks)
        size, (kind, _) = (n, len(pose)), self.body.spread
        offset = generator.standard_normal(size) if kind == "normal" else generator.uniform(-1.0, 1.0, size)
        return self.body.start(pose, offset, generator.standard_normal((n, self.body.velocity_size)))

    def observe(self, task: Any, now: Physics) -> Any:
        return self.body.observe(now)

    def ended(self, after: Physics) -> Any:
        return self.body.fallen(after)

    def step_metric(self, task: Any, before: Physics, after: Physics) -> Any:
        """Return the forward velocity of a step in m/s, `(...)`."""
        return self.body.speed(before, after)

    def reward(self, task: Any, before: Physics, action: Any, after: Physics) -> Any:
        """Return the reward of a step, `(...)`; a body that can fall and keeps a velocity gets more for staying up.

        Args:
            task: the velocity or the direction, of a shape that broadcasts with the simulations.
            before: at the start of the step.
            action: as the policy drew it.
            after: at the end of the step.
        """
        speed, upkeep = self.body.speed(before, after), self.body.upkeep(action, after)
        if self.goal == "direction":
            return task * speed + upkeep
        return self.body.staying_up - abs(speed - task) + upkeep


@dataclass(frozen=True)
class Speedometer:
    """A track whose reward is the forward velocity, in m/s, for pictures.

    Attributes:
        body: that runs.
        horizon: actions of a trajectory that does not end early.
    """

    body: AbstractBody
    horizon: int

    @property
    def action_size(self) -> int:
        """Return the entries of an action."""
        return self.body.action_size

    def reward(self, task: Any, before: Physics, action: Any, after: Physics) -> Any:
        """Return the velocity of a step, `(...)`."""
        return self.body.speed(before, after)
