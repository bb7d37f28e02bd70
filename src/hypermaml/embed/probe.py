"""Task2Vec for a family's tasks: the probe, its prior, and what standardizes its entries."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.collect import with_support
from hypermaml._core.family import AbstractFamily
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.trees import NonTrainable
from hypermaml.embed.configuration import Task2Vec
from hypermaml.embed.keys import Sized, set_keys, supervised
from hypermaml.embed.task2vec import FisherEmbedding, LogStandardized

PRIOR_SHARE, PRIOR_TASKS, FITTED_TASKS = 1e-3, 50, 200


def task2vec_of(
    family: AbstractSupervisedFamily, probe: Any, *, size: int, key: PRNGKeyArray, **how: Any
) -> FisherEmbedding:
    """Return Task2Vec with a probe, whose prior is a thousandth of the mean entry over meta-training tasks.

    Args:
        family: gives the tasks.
        probe: trained here or elsewhere; has `layers`, `features` and `head`.
        size: examples of each task.
        key: for these tasks.
        how: samples, decay and batch_mean of `FisherEmbedding`.

    Raises:
        ValueError: the probe normalizes over a batch, so that it has no gradient of a single example.
    """
    if getattr(probe, "normalization", "none") != "none":
        raise ValueError(
            f"the probe's normalization is {probe.normalization}, but it must be none: "
            "Task2Vec sees one example at a time"
        )
    embed = FisherEmbedding(
        NonTrainable(probe), family.inputs, family.targets, family.likelihood, NonTrainable(0.0), **how
    )
    task_key, data_key = jax.random.split(key)
    rows = embedded(
        embed, family, family.sample(PRIOR_TASKS, split="meta-train", key=task_key), size=size, key=data_key
    )
    return eqx.tree_at(lambda e: e.prior, embed, NonTrainable(PRIOR_SHARE * jnp.mean(rows)))


@eqx.filter_jit
def embedded(
    embed: FisherEmbedding, family: AbstractSupervisedFamily, tasks: Any, *, size: int, key: PRNGKeyArray
) -> Float[Array, "task filter"]:
    """Return the embeddings of stacked tasks from `size` examples each, one task after another."""
    info_key, support_key = jax.random.split(key)
    support = family.batches(None, tasks, size=size, key=support_key)
    return jax.lax.map(embed, with_support(family.task_infos(tasks, key=info_key), support))


def build(config: Task2Vec, family: AbstractFamily, *, key: PRNGKeyArray) -> Sized:
    """Return Task2Vec with a probe of random features, the untrained learner: only its last layer is ever fitted."""
    examples, keys = supervised(family), set_keys(key, 3)
    inner = task2vec_of(examples, family.learner(key=keys[0]), size=family.shots, key=keys[1])
    task_key, data_key = jax.random.split(keys[2])
    tasks = family.sample(FITTED_TASKS, split="meta-train", key=task_key)
    rows = embedded(inner, examples, tasks, size=family.shots, key=data_key)
    return LogStandardized.fit(inner, rows), rows.shape[1]
