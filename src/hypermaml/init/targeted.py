"""A learner of its own for each target, from meta-training that goes on at test time."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, ArrayLike, Float, Int, PRNGKeyArray

from hypermaml._core.collect import Data, examples_of
from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.initializer import AbstractInitializer
from hypermaml._core.meta_loss import meta_loss, task_loss
from hypermaml._core.method import Method
from hypermaml._core.objective import Objective, after_adaptation
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.task_info import TaskInfo
from hypermaml._core.trees import NonTrainable, split_trainable
from hypermaml.init.shared import Constant
from hypermaml.init.weighting import AbstractWeighting

GOLDEN = 0.6180339887498949


class GivenSupport(AbstractEmbedder):
    """The support set as it is."""

    @property
    def reads_support(self) -> bool:
        return True

    def __call__(self, task_info: TaskInfo) -> Any:
        """Return the support set of one task."""
        return task_info.support


class Targeted(AbstractInitializer):
    """Map the support set of a target to the result of meta-training on the source tasks that count for it arrives.

    It sets out from a meta-trained method, and takes steps of Adam on the query losses of source tasks, drawn in
    proportion to their weights. Nothing here is random: the draws are systematic, with offsets that fill [0, 1) evenly.

    Attributes:
        method: meta-trained, whose initializer is `Constant`; its learner is what trains on.
        objective: of meta-training.
        family: gives losses and signatures.
        sources: the data of the source tasks, stacked.
        weighting: from the target's signature to the weights of the source tasks.
        rate: of Adam, > 0.
        steps: of Adam.
        drawn: source tasks of a step.
        own: whether each step also counts the target's own loss on its support set, after adaptation to that.
    """

    method: Method
    objective: Objective
    family: AbstractSupervisedFamily
    sources: Data
    weighting: AbstractWeighting
    rate: NonTrainable
    steps: int = eqx.field(static=True)
    drawn: int = eqx.field(static=True)
    own: bool = eqx.field(static=True)

    def __call__(self, embedding: Any) -> Any:
        """Return the learner that the target, whose support set is given, starts from."""
        weights = self.weighting(self.family.signature(embedding))
        target = blank_data(embedding)
        learner, rest = split_trainable(self.method.init(jnp.zeros(0)))
        optimizer = optax.adam(1.0)

        def loss(learner: Any, sources: Data) -> Float[Array, ""]:
            method = eqx.tree_at(lambda m: m.init, self.method, Constant(eqx.combine(learner, rest)))
            value = meta_loss(method, self.objective, self.family, sources)[0]
            if self.own:
                state = method.start(target.task_info)
                value += task_loss(method, state, self.objective, self.family, target)[0]
            return value

        def step(carry: tuple[Any, Any], index: Int[Array, ""]) -> tuple[tuple[Any, Any], None]:
            learner, moments = carry
            chosen = systematic(weights, self.drawn, index)
            gradient = jax.grad(loss)(learner, jax.tree.map(lambda leaf: leaf[chosen], self.sources))
            updates, moments = optimizer.update(gradient, moments)
            return (jax.tree.map(lambda leaf, update: leaf + self.rate() * update, learner, updates), moments), None

        reached, _ = jax.lax.scan(step, (learner, optimizer.init(learner)), jnp.arange(self.steps))
        return eqx.combine(reached[0], rest)


def systematic(weights: Float[Array, " source"], count: int, index: Int[Array, ""]) -> Int[Array, " count"]:
    """Return `count` source tasks, each as often as its weight says, give or take one.

    Args:
        weights: of sum 1.
        count: how many.
        index: of the draw; draws of neighbouring indices differ.
    """
    offset = jnp.mod(index * GOLDEN, 1.0)
    places = (jnp.arange(count) + offset) / count
    return jnp.clip(jnp.searchsorted(jnp.cumsum(weights), places, side="right"), max=len(weights) - 1)


def blank_data(support: Any) -> Data:
    """Return the data of one task of which the support set alone is known: it is the query set, too."""
    nothing = jnp.zeros(0)
    return Data(TaskInfo(nothing, nothing, support=support), None, (support,))


def draw_sources(family: AbstractSupervisedFamily, count: int, *, key: PRNGKeyArray) -> Data:
    """Draw support and query sets of `count` meta-training tasks, stacked, for an objective with one counted step."""
    task_key, batch_key = jax.random.split(key)
    tasks = family.sample(count, split="meta-train", key=task_key)
    support, query = examples_of(family, tasks, support=family.shots, query=family.queries, key=batch_key)
    nothing = jnp.zeros((count, 0))
    return Data(TaskInfo(nothing, nothing, support=support), None, (query,))


def signatures_of(family: AbstractSupervisedFamily, sources: Data) -> Float[Array, "source feature"]:
    """Return the signature of each source task, from all of its examples."""
    both = jax.tree.map(lambda *leaves: jnp.concatenate(leaves, axis=1), sources.task_info.support, sources.query[0])
    return jax.vmap(family.signature)(both)


def target(
    method: Method,
    family: AbstractSupervisedFamily,
    weighting: Callable[[Float[Array, "source feature"]], AbstractWeighting],
    *,
    sources: int,
    inner_steps: int,
    rate: ArrayLike,
    iterations: int,
    batch: int,
    own: bool,
    key: PRNGKeyArray,
) -> Method:
    """Return MAML that goes on training for each target.

    Args:
        method: as MAML's meta-training leaves it.
        family: what it was trained on; gives the source tasks.
        weighting: of the source tasks, from their signatures.
        sources: how many source tasks there are.
        inner_steps: in the meta-training that goes on.
        rate: of Adam, > 0.
        iterations: of Adam.
        batch: source tasks of an iteration.
        own: whether the target's support set counts, too.
        key: for the source tasks.
    """
    drawn = draw_sources(family, sources, key=key)
    weights, objective = weighting(signatures_of(family, drawn)), after_adaptation(inner_steps)
    init = Targeted(method, objective, family, drawn, weights, NonTrainable(rate), iterations, batch, own)
    return Method(GivenSupport(), init, method.adapt)
