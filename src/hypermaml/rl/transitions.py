"""Trajectories as a set of time steps, as encoders of them read it."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float


def transitions(
    experience: Any, reward: Float[Array, ""] | float = 1.0
) -> tuple[Float[Array, "step feature"], Float[Array, " step"]]:
    """Return each time step as observation, action and reward, and 1 for each that was taken.

    Args:
        experience: trajectories with `observations`, `actions`, `rewards` and `mask`.
        reward: that rewards are multiplied by.
    """
    rewards = reward * experience.rewards[..., None]
    steps = jnp.concatenate([experience.observations, experience.actions, rewards], axis=-1)
    return steps.reshape(-1, steps.shape[-1]), experience.mask.reshape(-1)
