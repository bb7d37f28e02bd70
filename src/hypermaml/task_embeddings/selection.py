"""Choose for a new task the nearest of a bank of experts, by Task2Vec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.trees import NonTrainable
from hypermaml._misc.intervals import half_width
from hypermaml.embed.probe import embedded
from hypermaml.embed.task2vec import FisherEmbedding, asymmetric_distance

EXPERTS, STEPS, RATE, EXAMPLES = 20, 1000, 0.003, 50


@dataclass(frozen=True)
class Choice:
    """The scores of a chosen expert and of others, over targets.

    Attributes:
        chosen: mean score of the expert whose source task is nearest.
        random: of an expert that is drawn for each target.
        average: of all experts.
        best: of the best expert for each target, which only the scores identify.
        gain: of the chosen over the average one, paired by target, with the metric's better side as positive.
        low: lower end of the 95% interval of the gain, Student's over targets.
        high: upper end of the interval.
    """

    chosen: float
    random: float
    average: float
    best: float
    gain: float
    low: float
    high: float


@eqx.filter_jit
def experts(family: AbstractSupervisedFamily, sources: Any, *, key: PRNGKeyArray) -> Any:
    """Train a network for each of stacked source tasks, on its examples alone; all start from the same weights."""
    init_key, data_key = jax.random.split(key)
    adam, count = optax.adam(RATE), jax.tree.leaves(sources)[0].shape[0]
    size = family.shots * max(1, EXAMPLES // family.shots)

    def of_task(source: Any, key: PRNGKeyArray) -> Any:
        def step(carry: tuple, index: Array) -> tuple[tuple, None]:
            network, state = carry
            batch = family.batch(None, source, size=size, key=jax.random.fold_in(key, index))
            updates, state = adam.update(jax.grad(family.inner_loss)(network, batch), state)
            return (optax.apply_updates(network, updates), state), None

        network: Any = family.learner(key=init_key)
        (network, _), _ = jax.lax.scan(step, (network, adam.init(network)), jnp.arange(STEPS))
        return network

    return jax.vmap(of_task)(sources, jax.random.split(data_key, count))


@eqx.filter_jit
def scores_of(
    bank: Any, family: AbstractSupervisedFamily, embed: FisherEmbedding, targets: Any, *, key: PRNGKeyArray
) -> Float[Array, "target expert"]:
    """Return the score of each expert on each target, its last layer refitted to the support set of the target."""
    support_key, score_key = jax.random.split(key)
    supports, queries = family.test_sets(targets, support_key=support_key, query_key=score_key)

    def of_pair(expert: Any, target: Any, support: Any, query: Any) -> Float[Array, ""]:
        fitted = eqx.tree_at(lambda e: e.probe, embed, NonTrainable(expert)).fitted(support)
        return family.score(fitted, target, query)[family.metric]

    def of_target(drawn: tuple[Any, Any, Any]) -> Float[Array, " expert"]:
        return jax.vmap(lambda expert: of_pair(expert, *drawn))(bank)

    return jax.lax.map(of_target, (targets, supports, queries))


def nearest_source(
    embed: FisherEmbedding, sources: Float[Array, "expert filter"], targets: Float[Array, "target filter"]
) -> Int[np.ndarray, " target"]:
    """Return for each target the source task at the least asymmetric distance."""
    trivial = jnp.full_like(sources[0], embed.prior())
    distances = jax.vmap(lambda target: jax.vmap(lambda source: asymmetric_distance(source, target, trivial))(sources))(
        targets
    )
    return np.argmin(np.asarray(distances), axis=1)


def select(
    family: AbstractSupervisedFamily, embed: FisherEmbedding, targets: Any, *, size: int, key: PRNGKeyArray
) -> Choice:
    """Train the bank on meta-training tasks, and choose an expert for each target from its support set alone.

    Args:
        family: gives the source tasks.
        embed: Task2Vec with a trained probe.
        targets: stacked.
        size: examples of a source task that Task2Vec sees.
        key: for everything.
    """
    source_key, train_key, embed_key, score_key = jax.random.split(key, 4)
    sources = family.sample(EXPERTS, split="meta-train", key=source_key)
    bank = experts(family, sources, key=train_key)
    of_sources = embedded(embed, family, sources, size=size, key=embed_key)
    of_targets = embedded(embed, family, targets, size=family.shots, key=score_key)
    scores = np.asarray(scores_of(bank, family, embed, targets, key=score_key))
    return choice(scores, nearest_source(embed, of_sources, of_targets), higher_is_better=family.higher_is_better)


def choice(
    scores: Float[np.ndarray, "target expert"], chosen: Int[np.ndarray, " target"], *, higher_is_better: bool
) -> Choice:
    """Compare the chosen experts with others.

    Args:
        scores: of each expert on each target.
        chosen: the expert of each target.
        higher_is_better: how to read a score.
    """
    rng, rows = np.random.default_rng(0), np.arange(len(scores))
    sign = 1.0 if higher_is_better else -1.0
    own, average = scores[rows, chosen], scores.mean(axis=1)
    gains = sign * (own - average)
    half = float(half_width(gains))
    random = scores[rows, rng.integers(0, scores.shape[1], len(scores))]
    best = sign * np.max(sign * scores, axis=1)
    return Choice(
        chosen=float(own.mean()),
        random=float(random.mean()),
        average=float(average.mean()),
        best=float(best.mean()),
        gain=float(gains.mean()),
        low=float(gains.mean()) - half,
        high=float(gains.mean()) + half,
    )
