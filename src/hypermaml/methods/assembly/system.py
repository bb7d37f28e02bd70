"""From embedder, initializer and settings to a system."""

import functools
import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import optax
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.family import AbstractFamily
from hypermaml._core.initializer import AbstractInitializer
from hypermaml._core.method import Method
from hypermaml._core.objective import Objective, after_adaptation, before_adaptation
from hypermaml._core.outer import AbstractOuter
from hypermaml._core.system import System, steady
from hypermaml._core.trees import NonTrainable
from hypermaml.adapt.adjoint import AbstractAdjoint, Backprop
from hypermaml.adapt.rule import SGD
from hypermaml.adapt.unroll import Unroll, whole_learner
from hypermaml.embed.simple import NoEmbedding
from hypermaml.init.shared import Constant
from hypermaml.methods.assembly.learners import learner_for
from hypermaml.methods.settings import GeneratorSettings, Settings
from hypermaml.outer.descent import Descent
from hypermaml.outer.trpo import TRPO


@functools.cache
def adam(clip: float = math.inf, decay: float = 0.0) -> optax.GradientTransformation:
    """One object for all systems, since a compiled chunk is kept for as long as its transformation is the same.

    Args:
        clip: the norm that the gradient is scaled down to first, > 0; inf for never.
        decay: of a generator's last layers, which does not pass Adam's moments, >= 0 (Loshchilov and Hutter 2019,
            "Decoupled weight decay regularization", arXiv 1711.05101, algorithm 2).
    """
    first = [] if math.isinf(clip) else [optax.clip_by_global_norm(clip)]
    if not decay:
        return optax.chain(*first, optax.adam(1.0)) if first else optax.adam(1.0)
    decayed = optax.add_decayed_weights(decay, mask=last_layers)
    return optax.chain(*first, optax.scale_by_adam(), decayed, optax.scale(-1.0))


def last_layers(phi: Any) -> Any:
    """Which leaves of φ are the last layers of a generator."""
    nothing = jax.tree.map(lambda _: False, phi)
    return eqx.tree_at(
        lambda method: method.init.change.heads, nothing, replace_fn=lambda node: jax.tree.map(lambda _: True, node)
    )


def outer_of(settings: Settings) -> AbstractOuter:
    """The outer update that the settings name."""
    if settings.outer == "trpo":
        return TRPO(stride=settings.curvature_stride)
    decay = settings.head_decay if isinstance(settings, GeneratorSettings) else 0.0
    return Descent(adam(settings.outer_clip, decay), settings.outer_lr)


def clip_of(settings: Settings) -> float | None:
    """The settings' clip of the inner gradient, as rules take it: `None` for never."""
    return None if math.isinf(settings.inner_clip) else settings.inner_clip


def rule_of(settings: Settings, rate: Any = None) -> SGD:
    """The inner rule with the settings' clip, and their rate where there is no other."""
    return SGD(NonTrainable(settings.inner_lr) if rate is None else rate, clip=clip_of(settings))


def assemble(
    settings: Settings,
    embed: AbstractEmbedder,
    init: AbstractInitializer,
    *,
    adjoint: AbstractAdjoint | None = None,
    rate: Any = None,
    where: Callable[[Any], Any] = whole_learner,
    outer: AbstractOuter | None = None,
    schedule: Callable[[System, Float[Array, ""]], System] = steady,
    adapts_in_training: bool = True,
) -> System:
    """A system that unrolls the inner loop.

    Args:
        settings: rates, clip, outer update.
        embed: of the method.
        init: of the method.
        adjoint: backpropagation by default.
        rate: of the inner loop; the settings' by default.
        where: what of the learner adapts; all of it by default.
        outer: the settings' by default.
        schedule: what changes in training; nothing by default.
        adapts_in_training: MAML's objective; otherwise the loss before adaptation, on equally much data.
    """
    rule, steps = rule_of(settings, rate), settings.inner_steps
    objective: Objective = after_adaptation(steps) if adapts_in_training else before_adaptation(budget=steps)
    method = Method(embed, init, Unroll(rule, adjoint or Backprop(), where))
    return System(method, objective, outer or outer_of(settings), schedule)


def maml(settings: Settings, family: AbstractFamily, key: PRNGKeyArray) -> System:
    """MAML with these settings, which may be those of a method that begins as MAML."""
    return assemble(settings, NoEmbedding(), Constant(learner_for(family, key)))
