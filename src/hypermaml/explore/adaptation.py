"""The learners of one task before the first and after each inner step, and what they predict or do; compiled once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.adapter import inner_loop
from hypermaml._core.family import AbstractFamily
from hypermaml._core.method import Method
from hypermaml._core.task_info import TaskInfo
from hypermaml.adapt.memory import FastWeights
from hypermaml.nn.masked import masked_mean
from hypermaml.rl.rollout import Trajectories

SHOWN = 8  # rollouts of the start, at most


class Padded(eqx.Module):
    """Examples without a mask of their own, padded: any number of them is one compiled program.

    Attributes:
        examples: a batch of the family.
        mask: 1 for an example, 0 for padding.
    """

    examples: Any
    mask: Float[Array, " example"]


def takes_padding(method: Method) -> bool:
    """Return whether the loss alone reads the support set, so that examples without weight in it change nothing."""
    return not (method.embed.reads_support or isinstance(method.adapt, FastWeights))


def padded(values: np.ndarray, size: int) -> np.ndarray:
    """Return the values with zeros up to this size of the first axis."""
    return np.concatenate([values, np.zeros((size - len(values), *values.shape[1:]), values.dtype)])


def mask_of(count: int, size: int) -> np.ndarray:
    """Return 1 for each of the first entries and 0 for the others."""
    return (np.arange(size) < count).astype(np.float32)


def inner_loss(family: AbstractFamily, learner: Any, batch: Any) -> Float[Array, ""]:
    """Return the inner loss of a batch; of a padded one the mean over its examples, as the family's own loss is."""
    if not isinstance(batch, Padded):
        return family.inner_loss(learner, batch)
    single = jax.tree.map(lambda leaf: leaf[:, None], batch.examples)
    return masked_mean(jax.vmap(lambda example: family.inner_loss(learner, example))(single), batch.mask)


def learners_by_step(
    method: Method,
    family: AbstractFamily,
    info: TaskInfo,
    source: Callable[[Int[Array, ""] | int, Any], Any],
    steps: int,
) -> tuple[Any, Any]:
    """Return the learners before the first and after each inner step, and the batches of the steps, stacked.

    Args:
        method: meta-trained.
        family: gives the inner loss.
        info: of the task.
        source: gives the support of a step, from its number and the state before it.
        steps: inner steps, at least 1.
    """

    def step(state: Any, batch: Any) -> Any:
        return method.adapt.step(state, batch, lambda learner, batch: inner_loss(family, learner, batch))

    start = method.start(info)
    _, (path, batches, _) = inner_loop(step, start, source, steps)
    states = jax.tree.map(lambda first, later: jnp.concatenate([first[None], later]), start, path)
    return jax.vmap(method.adapt.learner)(states), batches


@eqx.filter_jit
def predictions(
    method: Method, family: Any, info: TaskInfo, support: Any, grid: Any, query: Any, steps: int
) -> tuple[Float[Array, "step input"], Float[Array, " step"]]:
    """Adapt to support examples, and predict.

    Args:
        method: meta-trained.
        family: supervised.
        info: of the task.
        support: a batch of the family, or a `Padded` one.
        grid: inputs as the model reads them.
        query: that the learners are scored on.
        steps: inner steps, at least 1.

    Returns:
        After each step the outputs at the grid, of two classes the probability of the second, and the score.
    """
    learners, _ = learners_by_step(method, family, info, lambda index, state: support, steps)

    def output(learner: Any) -> Float[Array, " input"]:
        if getattr(family, "classes", 0):
            return jax.nn.softmax(family.outputs(learner, grid))[:, 1]
        return family.predict(learner, grid).reshape(-1)

    score = jax.vmap(lambda learner: family.score(learner, None, query)[family.metric])
    return jax.vmap(output)(learners), score(learners)


@eqx.filter_jit
def walks(
    method: Method, family: Any, info: TaskInfo, task: Any, steps: int, *, key: PRNGKeyArray
) -> tuple[Float[Array, "step time 2"], Float[Array, "rollout time 2"], Float[Array, " step"]]:
    """Adapt to rollouts on a task, and walk with the mean actions after each step.

    Args:
        method: meta-trained.
        family: on-policy, whose observations are positions.
        info: of the task.
        task: of the family.
        steps: inner steps, at least 1.
        key: for the rollouts.

    Returns:
        The positions of the walks, some of the first support rollouts, and the returns of the walks. Not a number
        stands after the end of a walk.
    """
    if method.embed.explores:
        explorer = method.init(method.embed.blank(info))
        own = jax.random.fold_in(key, steps)
        info = replace(info, explored=family.batch(explorer, task, size=method.embed.explores, key=own))

    def source(index: Any, state: Any) -> Any:
        return family.batch(method.adapt.learner(state), task, size=family.shots, key=jax.random.fold_in(key, index))

    learners, batches = learners_by_step(method, family, info, source, steps)
    walked: Trajectories = jax.vmap(lambda learner: family.trajectories(learner, task, size=1, key=key, sampled=False))(
        learners
    )
    first = jax.tree.map(lambda leaf: leaf[0, :SHOWN], (batches.observations, batches.mask))
    return _until_end(walked.observations[:, 0], walked.mask[:, 0]), _until_end(*first), walked.returns()[:, 0]


def _until_end(positions: Array, mask: Array) -> Array:
    return jnp.where(mask[..., None] > 0, positions, jnp.nan)
