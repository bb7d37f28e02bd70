"""The keys of embedders' pieces, and what their builders ask of a family."""

import jax
from jaxtyping import PRNGKeyArray

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.family import AbstractFamily
from hypermaml._core.supervised import AbstractSupervisedFamily

Sized = tuple[AbstractEmbedder, int]

# Each piece draws from a key of its own, folded from the one that a method is built with; 0 and 1 are the learner's and
# the generator's.
TASKS, ENCODER, DESCRIPTION = 2, 3, 4


def set_keys(key: PRNGKeyArray, count: int) -> PRNGKeyArray:
    """Return keys for the pieces of an encoder of support sets.

    Args:
        key: that the method is built with.
        count: of the pieces.
    """
    return jax.random.split(jax.random.fold_in(key, ENCODER), count)


def supervised(family: AbstractFamily) -> AbstractSupervisedFamily:
    """Return the family, whose tasks have one support set each.

    Args:
        family: of any kind.

    Raises:
        ValueError: they have not.
    """
    if not isinstance(family, AbstractSupervisedFamily):
        raise ValueError(f"the method reads a support set, and {type(family).__name__} has none")
    return family
