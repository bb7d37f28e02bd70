"""The family and the method that are checked, with the data that several checks look at."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

import hypermaml as hm
from hypermaml._check.trees import perturbed
from hypermaml._core.collect import Data, collect
from hypermaml._core.family import AbstractFamily
from hypermaml._core.system import System
from hypermaml._core.task_info import TaskInfo
from hypermaml.methods.config import MethodConfig

TASKS, ON_POLICY_TASKS, HOST_TASKS = 8, 3, 2
TRAJECTORIES = 4
MOST_STEPS = 2


class Drawn(eqx.Module):
    """The data of stacked tasks.

    Attributes:
        task_info: of each task.
        batch: support and query of meta-training in one; trajectories of the untrained learner where on-policy.
        support: of a test; `None` where on-policy.
        query: of a test; `None` where on-policy.
    """

    task_info: TaskInfo
    batch: Any
    support: Any
    query: Any


class Subject:
    """A family and a method under check.

    Args:
        family: of the user.
        config: of the method.
        seed: decides all draws.
    """

    def __init__(self, family: AbstractFamily, config: MethodConfig, seed: int):
        self.family, self.config, self.root = family, config, jax.random.key(seed)
        self.traces = 0
        self._collected: tuple[Any, Any] = (None, None)
        draw = self._draw
        self.draw: Callable[..., Drawn] = draw if family.on_host else eqx.filter_jit(draw)

    def key(self, number: int) -> PRNGKeyArray:
        """Return a key of the check."""
        return jax.random.fold_in(self.root, number)

    @property
    def count(self) -> int:
        """The number of tasks that data are drawn for."""
        return HOST_TASKS if self.family.on_host else ON_POLICY_TASKS if self.family.on_policy else TASKS

    @property
    def size(self) -> int:
        """The number of examples or trajectories of a batch."""
        if self.family.on_policy:
            return min(self.family.shots, TRAJECTORIES)
        return self.family.shots + self.family.queries

    def sample(self, n: int, *, split: str = "", key: PRNGKeyArray) -> Any:
        """Return tasks of a split, meta-training by default."""
        return self.family.sample(n, split=split or self.family.splits[0], key=key)

    @cached_property
    def tasks(self) -> Any:
        """Some tasks of meta-training."""
        return self.sample(self.count, key=self.key(0))

    @cached_property
    def learner(self) -> Any:
        """An untrained learner."""
        return hm.init.learner_for(self.family, key=self.key(1))

    @cached_property
    def moved(self) -> Any:
        """The learner with noise on its weights, so that no layer is zero."""
        return eqx.filter_jit(perturbed)(self.learner, key=self.key(2))

    def stacked(self, learner: Any) -> Any:
        """Return a learner for each of the tasks."""
        return jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (self.count, *jnp.shape(leaf))), learner)

    def _draw(self, family: AbstractFamily, learners: Any, tasks: Any, key: PRNGKeyArray) -> Drawn:
        self.traces += 1
        info, batch, support, query = jax.random.split(key, 4)
        if family.on_policy:
            drawn = family.batches(learners, tasks, size=self.size, key=batch)
            return Drawn(family.task_infos(tasks, key=info), drawn, None, None)
        drawn = family.batches(None, tasks, size=self.size, key=batch)
        return Drawn(
            family.task_infos(tasks, key=info),
            drawn,
            *family.test_sets(tasks, support_key=support, query_key=query),
        )

    @cached_property
    def learners(self) -> Any:
        """An untrained learner for each of the tasks; `None` where data do not depend on it."""
        return self.stacked(self.learner) if self.family.on_policy else None

    @cached_property
    def drawn(self) -> Drawn:
        """The data of the tasks."""
        return self.draw(self.family, self.learners, self.tasks, self.key(3))

    @cached_property
    def system(self) -> System:
        """The untrained system of the method."""
        return self.config.build(self.family, key=self.key(4))

    @cached_property
    def reference(self) -> System:
        """The untrained system of MAML with the method's inner rate, whose meta-gradient is exact."""
        config = self.config
        if type(config) is hm.MAML and config.inner_steps <= MOST_STEPS:
            return self.system
        steps = min(config.inner_steps, MOST_STEPS)
        plain = hm.MAML(inner_lr=config.inner_lr, inner_steps=steps, adapts=config.adapts)
        return plain.build(self.family, key=self.key(4))

    def collected(self, system: System) -> Data:
        """Return the data of a meta-iteration of a system."""
        if system is not self._collected[0]:
            gather = collect if self.family.on_host else eqx.filter_jit(collect)
            data = gather(system.method, system.objective, self.family, self.tasks, key=self.key(5))
            self._collected = system, data
        return self._collected[1]

    def same_key(self, tasks: Any, key: PRNGKeyArray) -> Any:
        """Return a batch of each task, all drawn with one key; for families that are not on-policy."""

        def draw(family: AbstractFamily, tasks: Any, key: PRNGKeyArray) -> Any:
            return jax.vmap(lambda task: family.batch(None, task, size=self.size, key=key))(tasks)

        return eqx.filter_jit(draw)(self.family, tasks, key)
