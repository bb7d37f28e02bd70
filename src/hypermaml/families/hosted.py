"""Families whose environment steps on the host: stacked rollouts instead of `vmap`."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.mapping import vmap_tasks
from hypermaml._core.reinforcement import AbstractReinforcementFamily, Experience
from hypermaml.rl.recurrent import remembers
from hypermaml.rl.rollout import Trajectories

PORTRAYED = 8
Rollouts = tuple[Trajectories, Any]


class AbstractHosted(AbstractReinforcementFamily):
    """A family whose environment is no part of a compiled function."""

    @property
    def on_host(self) -> bool:
        return True

    @abstractmethod
    def check_installed(self) -> None:
        """Raise `ModuleNotFoundError` where the package that steps is not installed."""

    @abstractmethod
    def scores_of(self, trajectories: Trajectories, record: Any) -> dict[str, Float[Array, " task"]]:
        """Return the scores of stacked trajectories, one for each of `metrics`."""

    @abstractmethod
    def rollouts(self, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray, sampled: bool = True) -> Rollouts:
        """Run `size` trajectories of stacked tasks on the host, each with its own learner; records have arrays."""

    def batches(self, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray) -> Experience:
        if not remembers(learners):
            return _experiences(self, self.rollouts(learners, tasks, size=size, key=key)[0])
        parts = []
        for index in range(size):
            seen, _ = self.rollouts(learners, tasks, size=1, key=jax.random.fold_in(key, index))
            parts.append(seen)
            learners = _after(learners, seen)
        return _experiences(self, jax.tree.map(lambda *leaves: jnp.concatenate(leaves, axis=1), *parts))

    def test_queries(self, learners: Any, tasks: Any, *, key: PRNGKeyArray) -> tuple[Rollouts, Rollouts]:
        sampled = self.rollouts(learners, tasks, size=self.queries, key=key)
        return sampled, self.rollouts(learners, tasks, size=1, key=key, sampled=False)

    def scores(self, learners: Any, tasks: Any, queries: tuple[Rollouts, Rollouts]) -> dict[str, Float[Array, " task"]]:
        sampled, mean = (self.scores_of(*rollouts) for rollouts in queries)
        return sampled | {f"{metric}|policy=mean": values for metric, values in mean.items()}

    def trajectories(
        self, learner: Any, task: Any, *, size: int, key: PRNGKeyArray, sampled: bool = True
    ) -> Trajectories:
        return _first(self.rollouts(*stack_of_one((learner, task)), size=size, key=key, sampled=sampled)[0])

    def test_query(self, learner: Any, task: Any, *, key: PRNGKeyArray) -> tuple[Rollouts, Rollouts]:
        return _first(self.test_queries(*stack_of_one((learner, task)), key=key))

    def score(self, learner: Any, task: Any, query: tuple[Rollouts, Rollouts]) -> dict[str, Float[Array, ""]]:
        return _first(self.scores(*stack_of_one((learner, task, query))))


def mean_returns(trajectories: Trajectories) -> Float[Array, " task"]:
    """Return the mean undiscounted return of each of stacked tasks."""
    return jnp.mean(jax.vmap(Trajectories.returns)(trajectories), axis=-1)


def stack_of_one(alone: Any) -> Any:
    """Give each array a first axis of length 1."""
    return jax.tree.map(lambda leaf: leaf[None] if isinstance(leaf, jax.Array | np.ndarray) else leaf, alone)


def _first(stacked: Any) -> Any:
    """Return the first entry of each array."""
    return jax.tree.map(lambda leaf: leaf[0], stacked)


@eqx.filter_jit
def _experiences(family: AbstractHosted, trajectories: Trajectories) -> Experience:
    return vmap_tasks(family.experience)(trajectories)


@eqx.filter_jit
def _after(learners: Any, trajectories: Trajectories) -> Any:
    return jax.vmap(lambda learner, seen: learner.after(seen))(learners, trajectories)
