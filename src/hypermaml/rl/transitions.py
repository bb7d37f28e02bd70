"""Trajectories as a set of time steps, as encoders of them read it."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float


def transitions(
    experience: Any, reward: Float[Array, ""] | float = 1.0
) -> tuple[Float[Array, "step feature"], Float[Array, " step"]]:
    """Return each time step as observation, action, reward and advantage, and 1 for each that was taken.

    Which actions paid is in the rewards too, but an encoder learns to read it from the advantages much sooner: they are
    on one scale for all tasks, and have no part that every action of a task has in common.

    Args:
        experience: trajectories with `observations`, `actions`, `rewards`, `advantages` and `mask`.
        reward: that rewards are multiplied by.
    """
    paid = [reward * experience.rewards[..., None], experience.advantages[..., None]]
    steps = jnp.concatenate([experience.observations, experience.actions, *paid], axis=-1)
    return steps.reshape(-1, steps.shape[-1]), experience.mask.reshape(-1)
