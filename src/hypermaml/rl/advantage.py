"""Returns and advantages of the trajectories of one task, with early termination.

All arrays are `[K, H]`: trajectory, time. A mask is 1 (or True) for the steps taken, the terminating one included, and
0 after it; a trajectory's valid steps are therefore its first ones. Results are zero where the mask is.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, DTypeLike, Float, Shaped


def decay_matrix(length: int, decay: float, dtype: DTypeLike) -> Float[Array, "time time"]:
    """The upper triangular matrix `D[i, j] = decay^(j - i)` for `j >= i`.

    `D x` solves `y_t = x_t + decay * y_{t+1}`, backward in time; `x D` solves `y_t = x_t + decay * y_{t-1}`, forward.

    Args:
        length: number of time steps H.
        decay: factor in [0, 1]; 0 gives the identity.
        dtype: floating type of the result.
    """
    # For some hundreds of steps this product costs about what a scan does on a CPU, and it has no serial steps.
    step = jnp.arange(length)
    lag = step[None, :] - step[:, None]
    return jnp.where(lag >= 0, jnp.asarray(decay, dtype) ** jnp.maximum(lag, 0), 0)


def discounted_returns(
    rewards: Float[Array, "trajectory time"], mask: Shaped[Array, "trajectory time"], *, discount: float
) -> Float[Array, "trajectory time"]:
    """Discounted returns-to-go, `G_t = r_t + discount * G_{t+1}`.

    Args:
        rewards: reward of each step; ignored where `mask` is 0.
        mask: 1 for the steps taken.
        discount: gamma in [0, 1].

    Returns:
        G_t, zero where `mask` is 0. Nothing is added beyond the horizon.
    """
    rewards = jnp.where(mask > 0, rewards, 0)
    decay = decay_matrix(rewards.shape[1], discount, rewards.dtype)
    return jnp.matmul(rewards, decay.T, precision="highest")


def generalized_advantages(
    rewards: Float[Array, "trajectory time"],
    values: Float[Array, "trajectory time"],
    mask: Shaped[Array, "trajectory time"],
    *,
    discount: float,
    gae_lambda: float,
) -> Float[Array, "trajectory time"]:
    """Generalized advantage estimates, `A_t = delta_t + discount * gae_lambda * A_{t+1}`.

    Here `delta_t = r_t + discount * V_{t+1} - V_t`, and the value after the last step is zero, whether the trajectory
    terminated or met the horizon: these are finite-horizon tasks.

    Args:
        rewards: reward of each step; ignored where `mask` is 0.
        values: baseline V of each step's observation; ignored where `mask` is 0.
        mask: 1 for the steps taken.
        discount: gamma in [0, 1].
        gae_lambda: lambda in [0, 1]; 1 gives returns minus values, 0 the one-step temporal difference.

    Returns:
        A_t, zero where `mask` is 0.

    Reference:
        Schulman et al., High-dimensional continuous control using generalized advantage estimation, 2016,
        arXiv 1506.02438, equation 16.
    """
    values = jnp.where(mask > 0, values, 0)
    next_values = jnp.pad(values[:, 1:], ((0, 0), (0, 1)))
    return discounted_returns(rewards + discount * next_values - values, mask, discount=discount * gae_lambda)


def sequence_advantages(
    rewards: Float[Array, "sequence time"],
    values: Float[Array, "sequence time"],
    mask: Shaped[Array, "sequence time"],
    *,
    discount: float,
    gae_lambda: float,
) -> Float[Array, "sequence time"]:
    """Return `generalized_advantages` of sequences in which steps that were not taken may lie anywhere.

    Such a step is left out: the step before it and the step after it follow one another.

    Args:
        rewards: of each step; ignored where `mask` is 0.
        values: baseline of each step; ignored where `mask` is 0.
        mask: 1 for the steps taken.
        discount: gamma in [0, 1].
        gae_lambda: lambda in [0, 1].

    Returns:
        A_t, zero where `mask` is 0.
    """

    def back(carry: tuple[Array, Array], step: tuple[Array, Array, Array]) -> tuple[tuple[Array, Array], Array]:
        later, next_value = carry
        reward, value, taken = step
        advantage = reward + discount * next_value - value + discount * gae_lambda * later
        carry = jnp.where(taken, advantage, later), jnp.where(taken, value, next_value)
        return carry, jnp.where(taken, advantage, 0)

    nothing = jnp.zeros(len(rewards), rewards.dtype)
    return jax.lax.scan(back, (nothing, nothing), (rewards.T, values.T, (mask > 0).T), reverse=True)[1].T


def standardize(
    advantages: Float[Array, "trajectory time"], mask: Shaped[Array, "trajectory time"], *, epsilon: float = 1e-8
) -> Float[Array, "trajectory time"]:
    """Shift and scale the advantages of one task to mean 0 and standard deviation 1 over its valid steps.

    Args:
        advantages: A_t; ignored where `mask` is 0.
        mask: 1 for the steps taken.
        epsilon: added to the standard deviation (population form).

    Returns:
        The standardized advantages, zero where `mask` is 0; all zero if they are all equal.
    """
    valid = mask > 0
    count = jnp.maximum(valid.sum(), 1)
    centered = jnp.where(valid, advantages, 0)
    # The second pass removes the rounding of the first mean, which would pass for a spread where all are equal.
    for _ in range(2):
        centered = jnp.where(valid, centered - centered.sum() / count, 0)
    return centered / (jnp.sqrt((centered**2).sum() / count) + epsilon)
