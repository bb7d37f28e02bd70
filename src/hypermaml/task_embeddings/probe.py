"""Train the probe network of Task2Vec."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.train import train
from hypermaml.methods.anil import ANIL


def trained_probe(
    family: AbstractSupervisedFamily,
    *,
    iterations: int,
    meta_batch: int,
    inner_lr: float,
    outer_lr: float,
    key: PRNGKeyArray,
) -> Any:
    """Train a learner whose features serve many tasks: ANIL's, which adapts the last layer alone.

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
