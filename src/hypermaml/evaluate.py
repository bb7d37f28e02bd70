"""Evaluation, the same for every method: the scores after each inner step 0..N."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.family import AbstractFamily
from hypermaml.iteration import adapt_tasks
from hypermaml.method import Method


class Adaptation(eqx.Module):
    """What adaptation gives on stacked tasks.

    Attributes:
        scores: by metric, after each step 0..N, shape `(task, step)`.
        learners: before the first and after each step, stacked as the scores are.
        support: the batches that the steps used, shape `(task, N, ...)`.
    """

    scores: dict[str, Float[Array, "task step"]]
    learners: Any
    support: Any


@eqx.filter_jit
def evaluate(method: Method, family: AbstractFamily, tasks: Any, *, steps: int, key: PRNGKeyArray) -> Adaptation:
    """Adapts to each task and scores the learner before the first and after each inner step.

    The same key gives every method the same descriptors and, where data do not depend on the learner, the same data.

    Args:
        method: adapts.
        family: draws the support and scores.
        tasks: stacked.
        steps: inner steps N, at least 1.
        key: for evidence, support and scores.
    """
    evidence_key, support_key, score_key = jax.random.split(key, 3)
    evidence = family.evidences(tasks, key=evidence_key)
    start, _, path, support = adapt_tasks(method, family, tasks, evidence, steps=steps, key=support_key)
    states = jax.tree.map(lambda first, later: jnp.concatenate([first[None], later]), start, path)
    learners = jax.lax.map(jax.vmap(method.adapt.learner), states)
    scores = jax.lax.map(lambda learner: family.scores(learner, tasks, key=score_key), learners)
    return jax.tree.map(lambda leaf: jnp.swapaxes(leaf, 0, 1), Adaptation(scores, learners, support))
