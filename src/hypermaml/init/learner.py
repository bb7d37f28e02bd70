"""The learner that methods start from."""

from typing import Any

import jax
from jaxtyping import PRNGKeyArray

from hypermaml._core.family import AbstractFamily

# Each piece draws from a key of its own, folded from the one that a method is built with; embedders have 2 and on.
LEARNER, GENERATOR = 0, 1


def learner_for(family: AbstractFamily, *, context: int = 0, key: PRNGKeyArray) -> Any:
    """Return the untrained learner, the same for every method that is built with this key.

    Args:
        family: what it will learn.
        context: entries of a vector that it reads beside its input.
        key: of the method.
    """
    return family.learner(context=context, key=jax.random.fold_in(key, LEARNER))
