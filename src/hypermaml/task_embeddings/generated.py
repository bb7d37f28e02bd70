"""Generate the initializations of tasks, as rows."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Float, PRNGKeyArray

from hypermaml._core.collect import with_exploration, with_support
from hypermaml._core.family import AbstractFamily
from hypermaml._core.method import Method


def embeddings_and_starts(
    method: Method, family: AbstractFamily, tasks: Any, *, key: PRNGKeyArray
) -> tuple[Float[np.ndarray, "task embedding"], Float[np.ndarray, "task weight"]]:
    """Return the embedding and the initialization of each of stacked tasks, before the first inner step.

    Args:
        method: its embedding is a vector.
        family: of the tasks.
        tasks: stacked.
        key: for task information, support and exploration.

    Returns:
        The embeddings, and the weights of the initial learners.
    """
    info_key, support_key, explore_key = jax.random.split(key, 3)
    task_info = family.task_infos(tasks, key=info_key)
    if method.embed.reads_support:
        task_info = with_support(task_info, family.batches(None, tasks, size=family.shots, key=support_key))
    task_info = with_exploration(method, family, tasks, task_info, key=explore_key)

    @eqx.filter_jit
    def of_task(task_info: Any) -> tuple[Any, Any]:
        embedding = method.embed(task_info)
        return embedding, ravel_pytree(eqx.filter(method.init(embedding), eqx.is_inexact_array))[0]

    rows, starts = jax.lax.map(of_task, task_info)
    return np.asarray(rows), np.asarray(starts)
