"""Policies with a memory, which lasts from one trajectory of a task to the next."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml.rl.categorical import Behaviour


class AbstractRecurrentPolicy(eqx.Module):
    """A policy with a memory: it acts by the memory and the observation, then notes the action and the reward.

    Attributes:
        memory: at the start of a trajectory; a pytree of arrays.
    """

    memory: eqx.AbstractVar[Any]

    @abstractmethod
    def act(self, memories: Any, observations: Float[Array, "example observation"]) -> tuple[Behaviour, Any]:
        """Return the distributions over actions, and the memories that have read the observations."""

    @abstractmethod
    def note(self, memories: Any, actions: Float[Array, "example action"], rewards: Float[Array, " example"]) -> Any:
        """Return the memories that hold the actions and rewards of a step."""

    @abstractmethod
    def along(self, batch: Any) -> Behaviour:
        """Return the distribution at each step of trajectories that follow one another, each of `batch.mask`'s axes."""

    @abstractmethod
    def after(self, batch: Any) -> Self:
        """Return the policy with the memory that trajectories leave, which follow one another."""


class Memoryless(AbstractRecurrentPolicy):
    """Any policy without a memory.

    Attributes:
        policy: has `many`.
        memory: nothing.
    """

    policy: Any
    memory: tuple[()] = ()

    def act(self, memories: Any, observations: Float[Array, "example observation"]) -> tuple[Behaviour, Any]:
        return self.policy.many(observations), memories

    def note(self, memories: Any, actions: Any, rewards: Any) -> Any:
        return memories

    def along(self, batch: Any) -> Behaviour:
        grid = batch.mask.shape
        flat = self.policy.many(batch.observations.reshape(-1, batch.observations.shape[-1]))
        return jax.tree.map(lambda leaf: leaf.reshape(*grid, -1), flat)

    def after(self, batch: Any) -> Self:
        return self


def recurrent(policy: Any) -> AbstractRecurrentPolicy:
    """Return any policy as one with a memory, which may be empty."""
    return policy if isinstance(policy, AbstractRecurrentPolicy) else Memoryless(policy=policy)


def remembers(policy: Any) -> bool:
    """Whether a policy carries a memory from one step to the next, so that its trajectories follow one another."""
    return bool(jax.tree.leaves(recurrent(policy).memory))


def repeated(memory: Any, count: int) -> Any:
    """Return a memory for each of `count` trajectories that begin with it."""
    return jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (count, *leaf.shape)), memory)


def in_sequence(
    policy: AbstractRecurrentPolicy,
    one: Callable[[AbstractRecurrentPolicy, Int[Array, ""], PRNGKeyArray], Any],
    *,
    size: int,
    key: PRNGKeyArray,
) -> Any:
    """Run trajectories one after another; each begins with the memory that the one before has left.

    Args:
        policy: with the memory that the first begins with.
        one: runs one trajectory, from the policy, the number of the trajectory and a key; has a first axis of length 1.
        size: how many.
        key: for all of them.
    """

    def advance(memory: Any, drawn: tuple[Int[Array, ""], PRNGKeyArray]) -> tuple[Any, Any]:
        now = eqx.tree_at(lambda policy: policy.memory, policy, memory)
        seen = one(now, *drawn)
        return now.after(seen).memory, jax.tree.map(lambda leaf: leaf[0], seen)

    return jax.lax.scan(advance, policy.memory, (jnp.arange(size), jax.random.split(key, size)))[1]
