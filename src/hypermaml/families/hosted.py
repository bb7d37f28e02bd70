"""Families whose environment steps on the host: stacked rollouts instead of `vmap`."""

import warnings
from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.family import AbstractPicture
from hypermaml._core.reinforcement import AbstractReinforcementFamily, Experience
from hypermaml.rl.rollout import Trajectories
from hypermaml.sim.environment import AbstractSimulated
from hypermaml.sim.model import mujoco_of
from hypermaml.sim.rollout import StepRecord, rollout

PORTRAYED = 8
Rollouts = tuple[Trajectories, StepRecord]


class BrokenPhysics(RuntimeWarning):
    """The state of a simulation ceased to be finite; its trajectory ended there."""


class AbstractHosted(AbstractReinforcementFamily):
    """A family on MuJoCo's C library; its environment is an `AbstractSimulated`."""

    @property
    def on_host(self) -> bool:
        return True

    def check_installed(self) -> None:
        """Raise `ModuleNotFoundError` where the simulator is not installed."""
        mujoco_of(self.environment.machine)

    @abstractmethod
    def scores_of(self, trajectories: Trajectories, record: StepRecord) -> dict[str, Float[Array, " task"]]:
        """Return the scores of stacked trajectories, one for each of `metrics`."""

    def rollouts(self, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray, sampled: bool = True) -> Rollouts:
        """Run `size` trajectories of stacked tasks on the host, each with its own learner."""
        return host_rollouts(self.environment, learners, tasks, size=size, key=key, sampled=sampled)

    def batches(self, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray) -> Experience:
        return _experiences(self, self.rollouts(learners, tasks, size=size, key=key)[0])

    def test_queries(self, learners: Any, tasks: Any, *, key: PRNGKeyArray) -> tuple[Rollouts, Rollouts]:
        sampled = self.rollouts(learners, tasks, size=self.queries, key=key)
        return sampled, self.rollouts(learners, tasks, size=1, key=key, sampled=False)

    def scores(self, learners: Any, tasks: Any, queries: tuple[Rollouts, Rollouts]) -> dict[str, Float[Array, " task"]]:
        sampled, mean = (self.scores_of(*rollouts) for rollouts in queries)
        return sampled | {f"{metric}|policy=mean": values for metric, values in mean.items()}

    def trajectories(
        self, learner: Any, task: Any, *, size: int, key: PRNGKeyArray, sampled: bool = True
    ) -> Trajectories:
        return _first(self.rollouts(*_stack_of_one((learner, task)), size=size, key=key, sampled=sampled)[0])

    def test_query(self, learner: Any, task: Any, *, key: PRNGKeyArray) -> tuple[Rollouts, Rollouts]:
        return _first(self.test_queries(*_stack_of_one((learner, task)), key=key))

    def score(self, learner: Any, task: Any, query: tuple[Rollouts, Rollouts]) -> dict[str, Float[Array, ""]]:
        return _first(self.scores(*_stack_of_one((learner, task, query))))


class StepMetricPicture(AbstractPicture):
    """Shows the step metric of sampled trajectories on the host; not a number after the end."""

    def portrait(
        self, family: AbstractHosted, learner: Any, task: Any, query: Any, *, key: PRNGKeyArray
    ) -> Float[Array, "trajectory time"]:
        learners, tasks = _stack_of_one((learner, task))
        return self.portraits(family, learners, tasks, query, key=key)[0]

    def portraits(
        self, family: AbstractHosted, learners: Any, tasks: Any, query: Any, *, key: PRNGKeyArray
    ) -> Float[Array, "task trajectory time"]:
        return jnp.asarray(family.rollouts(learners, tasks, size=PORTRAYED, key=key)[1].step_metric)


def host_rollouts(
    environment: AbstractSimulated, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray, sampled: bool = True
) -> Rollouts:
    """Run `size` trajectories of stacked tasks on the host, each with its own learner.

    Warns:
        BrokenPhysics: names the task, the trajectory and the step of each state that is not finite.
    """
    seen, record = rollout(learners, environment, tasks, size=size, key=key, sampled=sampled)
    for task, trajectory in np.argwhere(record.broken >= 0):
        warnings.warn(
            f"task {task}, trajectory {trajectory}: the physics is not finite in step "
            f"{record.broken[task, trajectory]}, where the trajectory ends",
            BrokenPhysics,
            stacklevel=3,
        )
    return seen, record


def mean_returns(trajectories: Trajectories) -> Float[Array, " task"]:
    """Return the mean undiscounted return of each of stacked tasks."""
    return jnp.mean(jax.vmap(Trajectories.returns)(trajectories), axis=-1)


def _stack_of_one(alone: Any) -> Any:
    """Give each array a first axis of length 1."""
    return jax.tree.map(lambda leaf: leaf[None] if isinstance(leaf, jax.Array | np.ndarray) else leaf, alone)


def _first(stacked: Any) -> Any:
    """Return the first entry of each array."""
    return jax.tree.map(lambda leaf: leaf[0], stacked)


@eqx.filter_jit
def _experiences(family: AbstractHosted, trajectories: Trajectories) -> Experience:
    return jax.vmap(family.experience)(trajectories)
