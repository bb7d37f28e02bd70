"""Advantages that credit an action with the rewards of later trajectories of its task."""

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml._core.collect import Data
from hypermaml._core.reinforcement import AbstractReinforcementFamily, Experience
from hypermaml.rl.advantage import sequence_advantages, standardize
from hypermaml.rl.baseline import linear_baseline


@dataclass(frozen=True)
class OverTrajectories:
    """Credit an action with the rewards of later trajectories of its task, too.

    Attributes:
        discount: γ, in [0, 1].
    """

    discount: float

    def __call__(self, family: AbstractReinforcementFamily, data: Data) -> Data:
        """Return the data with advantages over all trajectories of a task, which follow one another.

        Where a family draws its support otherwise than its queries, each query batch is a sequence of its own.

        Args:
            family: gives λ of generalized advantage estimation.
            data: from `collect`, where the loss counts before the first and after each step.
        """

        def credited(whole: Experience, parts: tuple[Experience, ...]) -> tuple[Experience, ...]:
            return with_advantages(whole, parts, discount=self.discount, gae_lambda=family.gae_lambda)

        if not family.supports_are_queries:
            queries = tuple(credited(query, (query,))[0] for query in data.query)
        else:
            whole: Experience = jax.tree.map(lambda *leaves: jnp.concatenate(leaves, axis=1), *data.query)
            queries = credited(whole, data.query)
        return Data(data.task_info, data.support, queries)


def with_advantages(
    whole: Experience, parts: tuple[Experience, ...], *, discount: float, gae_lambda: float
) -> tuple[Experience, ...]:
    """Return batches with the advantages of the sequences of trajectories that they are parts of.

    Args:
        whole: the sequences, with the task as first axis.
        parts: of it, in order along the trajectories' axis.
        discount: γ, in [0, 1].
        gae_lambda: λ, in [0, 1].
    """
    advantages = stream_advantages(whole, discount=discount, gae_lambda=gae_lambda)
    first, credited = 0, []
    for part in parts:
        last = first + part.mask.shape[1]
        credited.append(eqx.tree_at(lambda each: each.advantages, part, advantages[:, first:last]))
        first = last
    return tuple(credited)


def stream_advantages(batch: Experience, *, discount: float, gae_lambda: float) -> Float[Array, "task trajectory time"]:
    """Return the advantages of sequences of trajectories, standardized over all tasks together.

    The baseline is one linear function for all tasks, of the observation, the last action, the last reward, the time
    step and the number of the trajectory. It does not know the task, so that an action which finds out about it is
    credited with the later rewards. A baseline for each task would hide them: a task has one sequence alone.

    Args:
        batch: with the task as first axis.
        discount: γ, in [0, 1].
        gae_lambda: λ, in [0, 1].
    """
    tasks, count, horizon = batch.mask.shape
    rewards, mask = (leaf.reshape(tasks, -1) for leaf in (batch.rewards, batch.mask))
    returns = sequence_advantages(rewards, jnp.zeros_like(rewards), mask, discount=discount, gae_lambda=1.0)
    earlier = jnp.concatenate([batch.actions, batch.rewards[..., None]], axis=-1)[:, :, :-1]
    earlier = jnp.pad(earlier, ((0, 0), (0, 0), (1, 0), (0, 0)))
    number = jnp.broadcast_to(jnp.linspace(-1, 1, count)[:, None, None], (*batch.mask.shape, 1))
    seen = jnp.concatenate([batch.observations, earlier, number], axis=-1)
    rows = (tasks * count, horizon)
    values = linear_baseline(seen.reshape(*rows, -1), returns.reshape(rows), batch.mask.reshape(rows))
    values = values.reshape(tasks, -1)
    advantages = sequence_advantages(rewards, values, mask, discount=discount, gae_lambda=gae_lambda)
    return standardize(advantages, mask).reshape(batch.mask.shape)
