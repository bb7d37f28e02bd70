"""From the configuration of a generator to the generator."""

import math
from typing import Any

import equinox as eqx
import jax
from jaxtyping import PRNGKeyArray

from hypermaml._core.family import AbstractFamily
from hypermaml._core.initializer import AbstractInitializer
from hypermaml._core.trees import global_norm
from hypermaml.init.configuration import ChangeConfig, GeneratorConfig
from hypermaml.init.generator import AbstractChange, Generator
from hypermaml.init.learner import GENERATOR, learner_for
from hypermaml.init.remedies import Averaged, Bounded, Centred, Gated
from hypermaml.init.switched import Switched


def generator_for(
    config: GeneratorConfig, family: AbstractFamily, size: int, *, key: PRNGKeyArray
) -> AbstractInitializer:
    """Return the untrained generator of a family's learners, for embeddings of `size` entries.

    Args:
        config: of the generator.
        family: what its learners will learn.
        size: entries of an embedding.
        key: of the method.
    """
    return config.chosen(family).build(learner_for(family, key=key), size, key=jax.random.fold_in(key, GENERATOR))


def switched_generator_for(
    config: GeneratorConfig, family: AbstractFamily, size: int, *, key: PRNGKeyArray
) -> AbstractInitializer:
    """Return two untrained generators, of clear and of blurred embeddings of `size` entries, the last of them the blur.

    Args:
        config: of the generator.
        family: what its learners will learn.
        size: entries of an embedding.
        key: of the method.
    """
    return Switched(*(generator_for(config, family, entries, key=key) for entries in (size - 1, size)))


def generator(config: ChangeConfig, learner: Any, size: int, *, key: PRNGKeyArray) -> Generator:
    """Return the learner that all tasks share, and what is added to it for each; integers in it are not generated."""
    return Generator(held_back(config, eqx.filter(learner, eqx.is_inexact_array), size, key), learner)


def held_back(config: ChangeConfig, learner: Any, size: int, key: PRNGKeyArray) -> AbstractChange:
    """Return the change with what the configuration holds it back by: several, centred, then a gate, then a bound."""
    change = config.change(learner, size, key=key)
    if config.ensemble > 1:
        others = [
            config.change(learner, size, key=jax.random.fold_in(key, member)) for member in range(1, config.ensemble)
        ]
        change = Averaged((change, *others))
    if config.centre:
        change = Centred(change)
    if config.gate:
        change = Gated(change, size)
    if config.bound < math.inf:
        change = Bounded(change, config.bound * global_norm(learner))
    return change
