"""The pieces that several methods are assembled from."""

import functools
import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.adapt.adjoint import AbstractAdjoint, Backprop
from hypermaml.adapt.rule import SGD, ByStep
from hypermaml.adapt.unroll import Unroll, whole_learner
from hypermaml.embed.embedder import Absent, AbstractEmbedder, Uninformative
from hypermaml.embed.set_encoder import Attention, DeepSets
from hypermaml.embed.shape import PointCloud
from hypermaml.embed.standardized import Standardized, given_descriptor, true_task
from hypermaml.evidence import Evidence
from hypermaml.family import AbstractFamily
from hypermaml.init.generator import Generator
from hypermaml.init.initializer import AbstractInitializer, Constant
from hypermaml.init.layers import LayerGenerator
from hypermaml.learner import Context, FiLM
from hypermaml.method import Method
from hypermaml.methods.settings import GeneratorSettings, SetEncoderSettings, Settings, TargetedSettings
from hypermaml.objective import Objective, after_adaptation, before_adaptation
from hypermaml.outer.descent import Descent
from hypermaml.outer.outer import AbstractOuter
from hypermaml.outer.trpo import TRPO
from hypermaml.supervised import AbstractSupervisedFamily
from hypermaml.system import System, steady
from hypermaml.target.targeted import GivenSupport, Targeted, draw_sources, signatures_of
from hypermaml.target.weighting import AbstractWeighting
from hypermaml.trees import Fixed, split_selected

DESCRIBED_TASKS = 2000
SHAPE_SIZE = 16  # entries of the embedding of a shape


@functools.cache
def adam() -> optax.GradientTransformation:
    """One object for all systems, since a compiled chunk is kept for as long as its transformation is the same."""
    return optax.adam(1.0)


def outer_of(settings: Settings) -> AbstractOuter:
    """The outer update that the settings name."""
    if settings.outer == "trpo":
        return TRPO(stride=settings.curvature_stride)
    return Descent(adam(), settings.outer_lr)


def network_of(learner: Any) -> Any:
    """Selects the network of a learner with a context or with films."""
    return learner.network


def context_of(learner: Context) -> Any:
    """Selects the context of a learner that has one."""
    return learner.context


def head_of(learner: Any) -> Any:
    """Selects the last layer."""
    return learner.head


def rule_of(settings: Settings, rate: Any = None) -> SGD:
    """The inner rule with the settings' clip, and their rate where there is no other."""
    clip = None if math.isinf(settings.inner_clip) else settings.inner_clip
    return SGD(Fixed(settings.inner_lr) if rate is None else rate, clip=clip)


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


def rate_for_each_entry(learner: Any, inner_lr: float) -> Any:
    """Inner rates for each entry of each leaf, to be trained."""
    return jax.tree.map(lambda leaf: jnp.full_like(leaf, inner_lr), learner)


def rate_for_each_step(learner: Any, steps: int, inner_lr: float, *, inside: Any = None) -> Any:
    """Inner rates for each leaf and inner step, to be trained.

    Args:
        learner: whose leaves adapt.
        steps: in meta-training.
        inner_lr: to start with.
        inside: the films of each step, if the learner is modulated by them.
    """
    if inside is not None:
        learner, _ = split_selected(FiLM(learner, inside), network_of)
    return jax.tree.map(lambda leaf: ByStep(jnp.full(steps, inner_lr, leaf.dtype)), learner)


def films_for_each_step(learner: Any, steps: int) -> Any:
    """Gain and shift of each hidden layer after each of 0..N inner steps, to be trained; `None` without normalization.

    They start where they change nothing.
    """
    if getattr(learner, "normalization", "none") == "none":
        return None
    return tuple((jnp.zeros((steps + 1, width)), jnp.zeros((steps + 1, width))) for width in learner.widths)


def maml(settings: Settings, family: AbstractFamily, key: PRNGKeyArray) -> System:
    """MAML with these settings, which may be those of a method that begins as MAML."""
    return assemble(settings, Absent(), Constant(learner_for(family, key)))


def before(settings: GeneratorSettings, system: System, family: AbstractFamily, key: PRNGKeyArray) -> System:
    """The system with HyperMAML's embedder and generator in the place of what its tasks start from."""
    embed, size = descriptor_embedder(family, key)
    parts = embed, generator_for(settings, family, size, key)
    return eqx.tree_at(lambda s: (s.method.embed, s.method.init), system, parts)


def targeted(
    settings: TargetedSettings,
    method: Method,
    family: AbstractFamily,
    weighting: Callable[[Float[Array, "source feature"]], AbstractWeighting],
    *,
    own: bool,
    key: PRNGKeyArray,
) -> Method:
    """MAML that goes on training for each target.

    Args:
        settings: how many source tasks and iterations.
        method: as MAML's meta-training leaves it.
        family: what it was trained on; gives the source tasks.
        weighting: of the source tasks, from their signatures.
        own: whether the target's support set counts, too.
        key: for the source tasks.
    """
    examples = supervised(family)
    sources = draw_sources(examples, settings.sources, key=key)
    init = Targeted(
        method,
        after_adaptation(settings.inner_steps),
        examples,
        sources,
        weighting(signatures_of(examples, sources)),
        Fixed(settings.target_lr),
        settings.target_iterations,
        settings.target_batch,
        own,
    )
    return Method(GivenSupport(), init, method.adapt)


# Each piece draws from a key of its own, folded from the one that a method is built with.
_LEARNER, _GENERATOR, _TASKS, _ENCODER, _SHAPE = range(5)


def learner_for(family: AbstractFamily, key: PRNGKeyArray, *, context: int = 0) -> Any:
    """The untrained learner, the same for every method that is built with this key."""
    return family.learner(context=context, key=jax.random.fold_in(key, _LEARNER))


def described_tasks(family: AbstractFamily, key: PRNGKeyArray) -> Evidence:
    """The evidence of many meta-training tasks, to standardize descriptors with."""
    task_key, evidence_key = jax.random.split(jax.random.fold_in(key, _TASKS))
    tasks = family.sample(DESCRIBED_TASKS, split="meta-train", key=task_key)
    return family.evidences(tasks, key=evidence_key)


def descriptor_embedder(family: AbstractFamily, key: PRNGKeyArray) -> tuple[AbstractEmbedder, int]:
    """The embedder of the family's descriptors, and of shapes where it tells them; the size of its embedding."""
    evidence = described_tasks(family, key)
    size = evidence.descriptor.shape[-1]
    if not size:
        return Uninformative(1), 1
    standardized = Standardized.fit(given_descriptor, evidence)
    if evidence.cloud is None:
        return standardized, size
    encoder_key = jax.random.fold_in(key, _SHAPE)
    return PointCloud(standardized, evidence.cloud, size=SHAPE_SIZE, key=encoder_key), size + SHAPE_SIZE


def task_size(family: AbstractFamily) -> int:
    """The number of a task's true parameters, or 1 where it has none."""

    def evidence(key: PRNGKeyArray) -> Evidence:
        return family.evidences(family.sample(1, split="meta-train", key=key), key=key)

    return max(jax.eval_shape(evidence, jax.random.key(0)).task.shape[-1], 1)


def oracle_embedder(family: AbstractFamily, key: PRNGKeyArray) -> tuple[AbstractEmbedder, int]:
    """The embedder of the true tasks and the size of its embedding."""
    evidence = described_tasks(family, key)
    return Standardized.fit(true_task, evidence), evidence.task.shape[-1]


def supervised(family: AbstractFamily) -> AbstractSupervisedFamily:
    """The family, whose tasks have one support set each.

    Raises:
        ValueError: they have not.
    """
    if not isinstance(family, AbstractSupervisedFamily):
        raise ValueError(f"the method reads a support set, and {type(family).__name__} has none")
    return family


def set_keys(key: PRNGKeyArray, count: int) -> PRNGKeyArray:
    """Keys for the pieces of an encoder of support sets."""
    return jax.random.split(jax.random.fold_in(key, _ENCODER), count)


def set_encoder(settings: SetEncoderSettings, family: AbstractFamily, key: PRNGKeyArray) -> AbstractEmbedder:
    """The untrained encoder of the family's support sets that the settings name."""
    examples, (item_key, set_key) = supervised(family), set_keys(key, 2)
    kind = {"mean": DeepSets, "attention": Attention}[settings.encoder]
    item = examples.item_encoder(settings.encoder_width, key=item_key)
    width, size = settings.encoder_width, settings.embedding_size
    return kind(examples.items, item, width=width, size=size, key=set_key)


def layer_generator_for(family: AbstractFamily, size: int, key: PRNGKeyArray) -> LayerGenerator:
    """The small generator shared by all layers, for embeddings of `size` entries."""
    return LayerGenerator(learner_for(family, key), size, key=jax.random.fold_in(key, _GENERATOR))


def generator_for(
    settings: GeneratorSettings, family: AbstractFamily, size: int, key: PRNGKeyArray
) -> AbstractInitializer:
    """The generator of a family's learners that the settings name, for embeddings of `size` entries.

    The bias of the dense one is what MAML starts from.
    """
    if settings.generator == "layers":
        return layer_generator_for(family, size, key)
    return Generator(
        learner_for(family, key),
        size,
        width=settings.generator_width,
        depth=settings.generator_depth,
        key=jax.random.fold_in(key, _GENERATOR),
    )
