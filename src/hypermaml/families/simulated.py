"""Families on MuJoCo's C library."""

import warnings
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.family import AbstractPicture, numbers_of
from hypermaml.families.hosted import PORTRAYED, AbstractHosted, stack_of_one
from hypermaml.rl.rollout import Trajectories
from hypermaml.sim.environment import AbstractSimulated
from hypermaml.sim.model import mujoco_of
from hypermaml.sim.rollout import StepRecord, rollout

Rollouts = tuple[Trajectories, StepRecord]


class BrokenPhysics(RuntimeWarning):
    """The state of a simulation ceased to be finite; its trajectory ended there."""


class AbstractSimulatedFamily(AbstractHosted):
    """A family on MuJoCo's C library; its environment is an `AbstractSimulated`."""

    def check_installed(self) -> None:
        """Raise `ModuleNotFoundError` where the simulator is not installed."""
        mujoco_of(self.environment.machine)

    def rollouts(self, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray, sampled: bool = True) -> Rollouts:
        numbers = numbers_of(tasks)
        return host_rollouts(self.environment, learners, tasks, size=size, key=key, sampled=sampled, numbers=numbers)


class StepMetricPicture(AbstractPicture):
    """Shows the step metric of sampled trajectories on the host; not a number after the end."""

    def portrait(
        self, family: AbstractSimulatedFamily, learner: Any, task: Any, query: Any, *, key: PRNGKeyArray
    ) -> Float[Array, "trajectory time"]:
        learners, tasks = stack_of_one((learner, task))
        return self.portraits(family, learners, tasks, query, key=key)[0]

    def portraits(
        self, family: AbstractSimulatedFamily, learners: Any, tasks: Any, query: Any, *, key: PRNGKeyArray
    ) -> Float[Array, "task trajectory time"]:
        return jnp.asarray(family.rollouts(learners, tasks, size=PORTRAYED, key=key)[1].step_metric)


def host_rollouts(
    environment: AbstractSimulated,
    learners: Any,
    tasks: Any,
    *,
    size: int,
    key: PRNGKeyArray,
    sampled: bool = True,
    numbers: Sequence[int] | None = None,
) -> Rollouts:
    """Run `size` trajectories of stacked tasks on the host, each with its own learner.

    Warns:
        BrokenPhysics: names the task, the trajectory and the step of each state that is not finite.
    """
    seen, record = rollout(learners, environment, tasks, size=size, key=key, sampled=sampled, numbers=numbers)
    for task, trajectory in np.argwhere(record.broken >= 0):
        warnings.warn(
            f"task {task}, trajectory {trajectory}: the physics is not finite in step "
            f"{record.broken[task, trajectory]}, where the trajectory ends",
            BrokenPhysics,
            stacklevel=3,
        )
    return seen, record
