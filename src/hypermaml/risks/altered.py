"""Alter a family as a risk demands: fewer meta-training tasks, worse descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from hypermaml._core.family import AbstractFamily, AbstractPicture, Metric
from hypermaml._core.own_tasks import shapes_of
from hypermaml._core.task_info import TaskInfo

UNLIMITED = 2**31 - 1
REFERENCE_TASKS = 2_000
TASKS, DESCRIPTIONS = 2**31 - 1, 2**31 - 2  # of the keys: the number of a task never reaches them


@dataclass(frozen=True)
class Corruption:
    """A change of the descriptions of tasks.

    Attributes:
        noise: standard deviation of normal noise on each entry, in standard deviations of the entry over meta-training
            tasks, >= 0.
        dropped: probability that an entry is replaced by its mean over meta-training tasks; with 1 all tasks have the
            same description.
        permuted: whether each task gets the description of another task of its batch.
    """

    noise: float = 0.0
    dropped: float = 0.0
    permuted: bool = False

    @property
    def name(self) -> str:
        """Name the changes as `key=value`, joined by semicolons; the empty string stands for no change."""
        return ";".join(f"{name}={value:g}" for name, value in vars(self).items() if value)


GIVEN, CONSTANT, PERMUTED = Corruption(), Corruption(dropped=1.0), Corruption(permuted=True)


class AlteredFamily(AbstractFamily):
    """A family with a limited number of meta-training tasks and corrupted descriptions.

    All other members are those of the family inside. The changes are arrays, so that a program that is compiled for one
    altered family serves all of them.

    Attributes:
        shots: as in the family inside.
        queries: as in the family inside.
        family: the family inside; the descriptions of its tasks are vectors of numbers.
        limit: number of different meta-training tasks; with `UNLIMITED`, in practice, no two tasks are the same.
        seed: decides which tasks these are.
        mean: of the descriptions over meta-training tasks.
        deviation: standard deviation of the descriptions over meta-training tasks.
        noise: as in `Corruption`.
        dropped: as in `Corruption`.
        permuted: as in `Corruption`.
    """

    shots: int = eqx.field(static=True)
    queries: int = eqx.field(static=True)
    family: AbstractFamily
    limit: Int[Array, ""]
    seed: Int[Array, ""]
    mean: Float[Array, " descriptor"]
    deviation: Float[Array, " descriptor"]
    noise: Float[Array, ""]
    dropped: Float[Array, ""]
    permuted: Bool[Array, ""]

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Any:
        """Return `n` tasks of a split; those of meta-training are drawn from the limited number of tasks."""
        if split != "meta-train":
            return self.family.sample(n, split=split, key=key)
        return self.limited_tasks(jax.random.randint(key, (n,), 0, self.limit))

    def limited_tasks(self, numbers: Int[Array, " task"]) -> Any:
        """Return the meta-training tasks with these numbers, which are below the limit."""
        key = jax.random.fold_in(jax.random.key(self.seed), TASKS)

        def of_number(number: Int[Array, ""]) -> Any:
            return self.family.sample(1, split="meta-train", key=jax.random.fold_in(key, number))

        return jax.tree.map(lambda leaf: leaf[:, 0], jax.vmap(of_number)(numbers))

    def task_info(self, task: Any, *, key: PRNGKeyArray) -> TaskInfo:
        """Return the task information of the family inside: only stacked tasks exchange descriptions."""
        return self.family.task_info(task, key=key)

    def task_infos(self, tasks: Any, *, key: PRNGKeyArray) -> TaskInfo:
        """Return the task information of stacked tasks, with corrupted descriptions."""
        task_info = self.family.task_infos(tasks, key=key)
        drop_key, noise_key = jax.random.split(jax.random.fold_in(key, DESCRIPTIONS))
        given = task_info.description
        changed = jnp.where(self.permuted, jnp.roll(given, 1, axis=0), given)
        changed = jnp.where(jax.random.uniform(drop_key, changed.shape) < self.dropped, self.mean, changed)
        changed = changed + self.noise * self.deviation * jax.random.normal(noise_key, changed.shape)
        return replace(task_info, description=changed)

    # From here on, each member is that of the family inside.

    @property
    def on_policy(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.family.on_policy

    @property
    def supports_are_queries(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.family.supports_are_queries

    @property
    def losses_are_errors(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.family.losses_are_errors

    @property
    def one_task_at_a_time(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.family.one_task_at_a_time

    @property
    def networks(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.family.networks

    @property
    def metrics(self) -> Mapping[str, Metric]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.family.metrics

    @property
    def splits(self) -> tuple[str, ...]:
        return self.family.splits

    @property
    def test_splits(self) -> tuple[str, ...]:
        return self.family.test_splits

    @property
    def test_size(self) -> int:
        return self.family.test_size

    @property
    def on_host(self) -> bool:
        return self.family.on_host

    @property
    def picture(self) -> AbstractPicture | None:
        return self.family.picture

    @property
    def group_names(self) -> tuple[str, ...]:
        return self.family.group_names

    def batch(self, learner: Any, task: Any, *, size: int, key: PRNGKeyArray) -> Any:
        return self.family.batch(learner, task, size=size, key=key)

    def batches(self, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray) -> Any:
        return self.family.batches(learners, tasks, size=size, key=key)

    def supports(self, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray) -> Any:
        return self.family.supports(learners, tasks, size=size, key=key)

    def test_set(self, task: Any, *, support_key: PRNGKeyArray, query_key: PRNGKeyArray) -> tuple[Any, Any]:
        return self.family.test_set(task, support_key=support_key, query_key=query_key)

    def test_sets(self, tasks: Any, *, support_key: PRNGKeyArray, query_key: PRNGKeyArray) -> tuple[Any, Any]:
        return self.family.test_sets(tasks, support_key=support_key, query_key=query_key)

    def test_query(self, learner: Any, task: Any, *, key: PRNGKeyArray) -> Any:
        return self.family.test_query(learner, task, key=key)

    def test_queries(self, learners: Any, tasks: Any, *, key: PRNGKeyArray) -> Any:
        return self.family.test_queries(learners, tasks, key=key)

    def inner_loss(self, learner: Any, batch: Any) -> Float[Array, ""]:
        return self.family.inner_loss(learner, batch)

    def outer_loss(self, learner: Any, batch: Any) -> Float[Array, ""]:
        return self.family.outer_loss(learner, batch)

    def score(self, learner: Any, task: Any, query: Any) -> dict[str, Float[Array, ""]]:
        return self.family.score(learner, task, query)

    def scores(self, learners: Any, tasks: Any, queries: Any) -> dict[str, Float[Array, " task"]]:
        return self.family.scores(learners, tasks, queries)

    def learner(self, *, context: int = 0, key: PRNGKeyArray) -> Any:
        return self.family.learner(context=context, key=key)

    def count(self, split: str) -> int | None:
        if split == "meta-train" and self.limit < UNLIMITED:
            return int(self.limit)
        return self.family.count(split)

    def titles(self, tasks: Any) -> list[str]:
        return self.family.titles(tasks)

    def identities(self, tasks: Any) -> list[str]:
        return self.family.identities(tasks)

    def floor(self, task: Any) -> Float[Array, ""] | None:
        return self.family.floor(task)

    def group(self, task: Any) -> Int[Array, "..."] | None:
        return self.family.group(task)

    def references(self, tasks: Any, support: Any, query: Any) -> dict[str, Float[np.ndarray, " task"]]:
        return self.family.references(tasks, support, query)

    def environment_steps(self, size: int) -> int:
        return self.family.environment_steps(size)


def altered(
    family: AbstractFamily, *, corruption: Corruption = GIVEN, limit: int = UNLIMITED, seed: int = 0
) -> AlteredFamily:
    """Alter a family.

    Args:
        family: the descriptions of its tasks are vectors of numbers.
        corruption: of the descriptions.
        limit: number of different meta-training tasks.
        seed: decides which tasks these are.

    Raises:
        ValueError: the descriptions of the family are not vectors of numbers, which could be made worse.
    """
    check_described(family)
    key = jax.random.key(0)
    tasks = family.sample(REFERENCE_TASKS, split="meta-train", key=key)
    given = family.task_infos(tasks, key=key).description
    return AlteredFamily(
        shots=family.shots,
        queries=family.queries,
        family=family,
        limit=jnp.asarray(limit),
        seed=jnp.asarray(seed, jnp.uint32),
        mean=jnp.mean(given, axis=0),
        deviation=jnp.std(given, axis=0),
        noise=jnp.asarray(corruption.noise, float),
        dropped=jnp.asarray(corruption.dropped, float),
        permuted=jnp.asarray(corruption.permuted),
    )


def check_described(family: AbstractFamily) -> None:
    """Check that the descriptions of tasks are vectors of numbers, which could be made worse; nothing is computed.

    Raises:
        ValueError: they are not.
    """
    given = shapes_of(family).description
    numbers = isinstance(given, jax.ShapeDtypeStruct) and jnp.issubdtype(given.dtype, jnp.inexact)
    if not numbers or given.ndim != 2 or not given.shape[-1]:
        raise ValueError(
            f"the risks need tasks that are described by numbers, and {type(family).__name__} with this descriptor "
            "has none"
        )
