"""The probe network of Task2Vec, and its prior."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.embed.task2vec import Task2Vec
from hypermaml.iteration import with_support
from hypermaml.methods.anil import ANIL
from hypermaml.methods.assembly.embedders import supervised
from hypermaml.supervised import AbstractSupervisedFamily
from hypermaml.train import train
from hypermaml.trees import Fixed

PRIOR_SHARE, PRIOR_TASKS = 1e-3, 50


def trained_probe(
    family: AbstractSupervisedFamily,
    *,
    iterations: int,
    meta_batch: int,
    inner_lr: float,
    outer_lr: float,
    key: PRNGKeyArray,
) -> Any:
    """A learner whose features serve many tasks: what ANIL meta-trains, which adapts the last layer alone.

    Args:
        family: gives meta-training tasks.
        iterations: of meta-training, at least 1.
        meta_batch: tasks of an iteration.
        inner_lr: of the last layer.
        outer_lr: of Adam.
        key: for everything.
    """
    init_key, train_key = jax.random.split(key)
    system = ANIL(inner_lr=inner_lr, outer_lr=outer_lr, inner_clip=10.0).build(family, key=init_key)
    chunk = min(iterations, 100)
    *_, (state, _) = train(system, family, iterations=iterations, meta_batch=meta_batch, chunk=chunk, key=train_key)
    return state.method.init(jnp.zeros(0))


def task2vec_of(family: AbstractSupervisedFamily, probe: Any, *, size: int, key: PRNGKeyArray, **how: Any) -> Task2Vec:
    """Task2Vec with a probe, whose prior is a thousandth of the mean entry over meta-training tasks.

    Args:
        family: gives the tasks.
        probe: trained here or elsewhere; has `layers`, `features` and `head`.
        size: examples of each task.
        key: for these tasks.
        how: samples, decay and batch_mean of `Task2Vec`.

    Raises:
        ValueError: the probe normalizes over a batch, so that it has no gradient of a single example.
    """
    if getattr(probe, "normalization", "none") != "none":
        raise ValueError(
            f"the probe's normalization is {probe.normalization}, but it must be none: "
            "Task2Vec sees one example at a time"
        )
    examples = supervised(family)
    embed = Task2Vec(Fixed(probe), examples.inputs, examples.targets, examples.likelihood, Fixed(0.0), **how)
    task_key, data_key = jax.random.split(key)
    rows = embedded(
        embed, family, family.sample(PRIOR_TASKS, split="meta-train", key=task_key), size=size, key=data_key
    )
    return eqx.tree_at(lambda e: e.prior, embed, Fixed(PRIOR_SHARE * jnp.mean(rows)))


@eqx.filter_jit
def embedded(
    embed: Task2Vec, family: AbstractSupervisedFamily, tasks: Any, *, size: int, key: PRNGKeyArray
) -> Float[Array, "task filter"]:
    """The embeddings of stacked tasks from `size` examples each, one task after another."""
    evidence_key, support_key = jax.random.split(key)
    support = family.batches(None, tasks, size=size, key=support_key)
    return jax.lax.map(embed, with_support(family.evidences(tasks, key=evidence_key), support))
