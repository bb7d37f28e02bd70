"""The learner that methods start from, what of it adapts, and the keys of all pieces."""

from typing import Any

import jax
from jaxtyping import PRNGKeyArray

from hypermaml._core.family import AbstractFamily
from hypermaml.nn.wrappers import Context

# Each piece draws from a key of its own, folded from the one that a method is built with.
LEARNER, GENERATOR, TASKS, ENCODER, DESCRIPTION = range(5)


def learner_for(family: AbstractFamily, key: PRNGKeyArray, *, context: int = 0) -> Any:
    """The untrained learner, the same for every method that is built with this key."""
    return family.learner(context=context, key=jax.random.fold_in(key, LEARNER))


def network_of(learner: Any) -> Any:
    """Selects the network of a learner with a context or with films."""
    return learner.network


def context_of(learner: Context) -> Any:
    """Selects the context of a learner that has one."""
    return learner.context


def head_of(learner: Any) -> Any:
    """Selects the last layer."""
    return learner.head
