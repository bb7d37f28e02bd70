"""A family as a risk changes it: fewer meta-training tasks, worse descriptions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from hypermaml._core.family import AbstractFamily, Split
from hypermaml._core.task_info import TaskInfo

UNLIMITED = 2**31 - 1
REFERENCE_TASKS = 2_000
TASKS, DESCRIPTIONS = 2**31 - 1, 2**31 - 2  # of the keys: no number of a task reaches them


@dataclass(frozen=True)
class Corruption:
    """What becomes of the descriptors of tasks.

    Attributes:
        noise: deviation of normal noise on each entry, in the entry's deviations over meta-training tasks, >= 0.
        dropped: probability that an entry is its mean over meta-training tasks; 1 is the same descriptor for all.
        permuted: whether each task is described as another one of those measured or trained with it.
    """

    noise: float = 0.0
    dropped: float = 0.0
    permuted: bool = False

    @property
    def name(self) -> str:
        """What differs from the descriptors as they are given, as `key=value`; empty for nothing."""
        return ";".join(f"{name}={value:g}" for name, value in vars(self).items() if value)


GIVEN, CONSTANT, PERMUTED = Corruption(), Corruption(dropped=1.0), Corruption(permuted=True)


class World(eqx.Module):
    """A family with so many meta-training tasks, described so well; all else is the family's own.

    What is changed are arrays: a program that is compiled for one world serves all of them.

    Attributes:
        family: whose tasks have a vector of numbers as their descriptor.
        limit: how many different meta-training tasks there are; `UNLIMITED` in practice means no two are the same.
        seed: decides which those are.
        mean: of the descriptors over meta-training tasks.
        deviation: theirs there.
        noise: as in `Corruption`.
        dropped: as in `Corruption`.
        permuted: as in `Corruption`.
    """

    family: AbstractFamily
    limit: Int[Array, ""]
    seed: Int[Array, ""]
    mean: Float[Array, " descriptor"]
    deviation: Float[Array, " descriptor"]
    noise: Float[Array, ""]
    dropped: Float[Array, ""]
    permuted: Bool[Array, ""]

    def __getattr__(self, name: str) -> Any:
        """What the family has."""
        if name == "family":  # not set yet
            raise AttributeError(name)
        return getattr(self.family, name)

    def sample(self, n: int, *, split: Split, key: PRNGKeyArray) -> Any:
        """`n` tasks of a split, those of meta-training from the limited ones."""
        if split != "meta-train":
            return self.family.sample(n, split=split, key=key)
        return self.trained_on(jax.random.randint(key, (n,), 0, self.limit))

    def trained_on(self, places: Int[Array, " task"]) -> Any:
        """The meta-training tasks at these places, below the limit."""
        key = jax.random.fold_in(jax.random.key(self.seed), TASKS)

        def at(place: Int[Array, ""]) -> Any:
            return self.family.sample(1, split="meta-train", key=jax.random.fold_in(key, place))

        return jax.tree.map(lambda leaf: leaf[:, 0], jax.vmap(at)(places))

    def task_infos(self, tasks: Any, *, key: PRNGKeyArray) -> TaskInfo:
        """What an embedder may see of stacked tasks."""
        task_info = self.family.task_infos(tasks, key=key)
        drop_key, noise_key = jax.random.split(jax.random.fold_in(key, DESCRIPTIONS))
        told = jnp.where(self.permuted, jnp.roll(task_info.description, 1, axis=0), task_info.description)
        told = jnp.where(jax.random.uniform(drop_key, told.shape) < self.dropped, self.mean, told)
        told = told + self.noise * self.deviation * jax.random.normal(noise_key, told.shape)
        return replace(task_info, description=told)


def world(family: AbstractFamily, *, corruption: Corruption = GIVEN, limit: int = UNLIMITED, seed: int = 0) -> Any:
    """The family, changed; it stands wherever a family does.

    Raises:
        ValueError: the family does not describe its tasks by numbers, which could be worse.
    """
    key = jax.random.key(0)
    tasks = family.sample(REFERENCE_TASKS, split="meta-train", key=key)
    given = family.task_infos(tasks, key=key).description
    if not eqx.is_array(given) or not given.shape[-1]:
        raise ValueError(
            f"the risks need tasks that are described by numbers, and {type(family).__name__} with this descriptor "
            "has none"
        )
    return World(
        family,
        limit=jnp.asarray(limit),
        seed=jnp.asarray(seed, jnp.uint32),
        mean=jnp.mean(given, axis=0),
        deviation=jnp.std(given, axis=0),
        noise=jnp.asarray(corruption.noise, float),
        dropped=jnp.asarray(corruption.dropped, float),
        permuted=jnp.asarray(corruption.permuted),
    )
