"""Families whose environment steps on the host: stacked rollouts instead of `vmap`."""

import warnings
from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.reinforcement import AbstractReinforcementFamily, Experience
from hypermaml.rl.rollout import Trajectories
from hypermaml.sim.environment import AbstractSimulated
from hypermaml.sim.model import mujoco_of
from hypermaml.sim.rollout import StepRecord, rollout

PORTRAYED = 8


class BrokenPhysics(RuntimeWarning):
    """Warn that the state of a simulation ceased to be finite; its trajectory ended there."""


class AbstractHosted(AbstractReinforcementFamily):
    """A family on MuJoCo's C library; its environment is an `AbstractSimulated`."""

    @property
    def on_host(self) -> bool:
        return True

    @property
    def observation_size(self) -> int:
        return self.environment.observation_size

    def require(self) -> None:
        """Raise `ModuleNotFoundError` where the simulator is not installed."""
        mujoco_of(self.environment.machine)

    @abstractmethod
    def read_metrics(self, seen: Trajectories, record: StepRecord) -> dict[str, Float[Array, " task"]]:
        """Compute the scores of stacked trajectories, by metric."""

    def rollouts(
        self, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray, sampled: bool = True
    ) -> tuple[Trajectories, StepRecord]:
        """Run `size` trajectories of stacked tasks on the host, each with its own learner."""
        return host_rollouts(self.environment, learners, tasks, size=size, key=key, sampled=sampled)

    def batches(self, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray) -> Experience:
        return _experiences(self, self.rollouts(learners, tasks, size=size, key=key)[0])

    def trajectories(
        self, learner: Any, task: Any, *, size: int, key: PRNGKeyArray, sampled: bool = True
    ) -> Trajectories:
        seen, _ = self.rollouts(*_alone(learner, task), size=size, key=key, sampled=sampled)
        return jax.tree.map(lambda leaf: leaf[0], seen)

    def portrait(self, learner: Any, task: Any, *, key: PRNGKeyArray) -> Float[Array, "trajectory time"]:
        return self.portraits(*_alone(learner, task), key=key)[0]

    def test_queries(self, learners: Any, tasks: Any, *, key: PRNGKeyArray) -> Any:
        sampled = self.rollouts(learners, tasks, size=self.queries, key=key)
        return sampled, self.rollouts(learners, tasks, size=1, key=key, sampled=False)

    def scores(self, learners: Any, tasks: Any, queries: Any) -> dict[str, Float[Array, " task"]]:
        sampled, mean = (self.read_metrics(*seen) for seen in queries)
        return sampled | {f"{metric}|policy=mean": values for metric, values in mean.items()}

    def portraits(self, learners: Any, tasks: Any, *, key: PRNGKeyArray) -> Float[Array, "task trajectory time"]:
        """Return the step metric of sampled trajectories; not a number after the end."""
        return jnp.asarray(self.rollouts(learners, tasks, size=PORTRAYED, key=key)[1].step_metric)


def host_rollouts(
    environment: AbstractSimulated, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray, sampled: bool = True
) -> tuple[Trajectories, StepRecord]:
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


def _alone(learner: Any, task: Any) -> tuple[Any, Any]:
    """Stack one learner and one task."""
    return jax.tree.map(lambda leaf: leaf[None] if eqx.is_array(leaf) else leaf, (learner, task))


@eqx.filter_jit
def _experiences(family: AbstractHosted, trajectories: Trajectories) -> Experience:
    return jax.vmap(family.experience)(trajectories)
