"""Generators of a family's learners."""

import math
from typing import Any

import equinox as eqx
import jax
from jaxtyping import PRNGKeyArray

from hypermaml._core.family import AbstractFamily
from hypermaml._core.initializer import AbstractInitializer
from hypermaml._core.system import System
from hypermaml._core.trees import global_norm
from hypermaml.init.chunked import Chunked
from hypermaml.init.dense import Dense
from hypermaml.init.generator import AbstractChange, Generator
from hypermaml.init.layers import LayerGenerator
from hypermaml.init.low_rank import LowRank
from hypermaml.init.remedies import Averaged, Bounded, Centred, Gated
from hypermaml.lm.lora import LoRA
from hypermaml.lm.lora_generator import Adapters
from hypermaml.methods.assembly.embedders import embedder_for
from hypermaml.methods.assembly.learners import GENERATOR, learner_for
from hypermaml.methods.settings import EmbeddedGeneratorSettings, GeneratorSettings


def layer_generator_for(family: AbstractFamily, size: int, key: PRNGKeyArray) -> LayerGenerator:
    """The small generator shared by all layers, for embeddings of `size` entries.

    Raises:
        ValueError: it would be stuck, since a factor of the learner is zero and the generator scales each leaf by its
            own deviation.
    """
    learner = learner_for(family, key)
    if isinstance(learner, LoRA):
        raise ValueError(
            "generator is layers, but low-rank adapters start with a factor of zeros, which it could not move: dense, "
            "low_rank, chunked or adapters"
        )
    return LayerGenerator(learner, size, key=jax.random.fold_in(key, GENERATOR))


def change_for(settings: GeneratorSettings, learner: Any, size: int, key: PRNGKeyArray) -> AbstractChange:
    """What is added to the learner for embeddings of `size` entries, of the kind that the settings name.

    Raises:
        ValueError: it generates adapters, and the learner is none.
    """
    depth, width = settings.generator_depth, settings.compact_width
    if settings.generator == "low_rank":
        return LowRank(learner, size, width=width, depth=depth, rank=settings.generator_rank, key=key)
    if settings.generator == "chunked":
        return Chunked(learner, size, width=width, depth=depth, key=key)
    if settings.generator == "adapters":
        if not isinstance(learner, LoRA):
            raise ValueError(
                "generator is adapters, but the learner is no low-rank adapter of a language model: dense, low_rank, "
                "chunked or layers"
            )
        return Adapters(learner, size, width=settings.generator_width, key=key)
    return Dense(learner, size, width=settings.generator_width, depth=depth, key=key)


def held_back(settings: GeneratorSettings, learner: Any, size: int, key: PRNGKeyArray) -> AbstractChange:
    """The change with the remedies that the settings name: several generators, centred, then a gate, then a bound."""
    change = change_for(settings, learner, size, key)
    if settings.ensemble > 1:
        others = [
            change_for(settings, learner, size, jax.random.fold_in(key, place)) for place in range(1, settings.ensemble)
        ]
        change = Averaged((change, *others))
    if settings.centre:
        change = Centred(change)
    if settings.gate:
        change = Gated(change, size)
    if settings.change_bound < math.inf:
        change = Bounded(change, settings.change_bound * global_norm(learner))
    return change


def generator_for(
    settings: GeneratorSettings, family: AbstractFamily, size: int, key: PRNGKeyArray
) -> AbstractInitializer:
    """The generator of a family's learners that the settings name, for embeddings of `size` entries.

    All but Ha's start from what MAML starts from.
    """
    if settings.generator == "layers":
        return layer_generator_for(family, size, key)
    learner = learner_for(family, key)
    return Generator(held_back(settings, learner, size, jax.random.fold_in(key, GENERATOR)), learner)


def before(settings: EmbeddedGeneratorSettings, system: System, family: AbstractFamily, key: PRNGKeyArray) -> System:
    """The system with HyperMAML's embedder and generator in the place of what its tasks start from."""
    embed, size = embedder_for(settings, family, key)
    parts = embed, generator_for(settings, family, size, key)
    return eqx.tree_at(lambda s: (s.method.embed, s.method.init), system, parts)
