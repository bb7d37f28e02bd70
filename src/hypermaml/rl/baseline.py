"""The linear feature baseline: a least-squares fit of returns on simple features of observation and time."""

import jax
import jax.numpy as jnp
from jax.scipy.linalg import cho_factor, cho_solve
from jaxtyping import Array, Bool, Float, Shaped

RIDGE = 1e-5
TRIES = 5


def baseline_features(
    observations: Float[Array, "trajectory time observation"],
) -> Float[Array, "trajectory time feature"]:
    """The features `[o, o^2, t/100, (t/100)^2, (t/100)^3, 1]` of each step, with o clipped to [-10, 10].

    Args:
        observations: observation of each step, of size D.

    Returns:
        `2 D + 4` features a step.
    """
    clipped = jnp.clip(observations, -10, 10)
    time = jnp.arange(observations.shape[1], dtype=observations.dtype)[:, None] / 100
    of_time = jnp.concatenate([time, time**2, time**3, jnp.ones_like(time)], axis=-1)
    of_time = jnp.broadcast_to(of_time, (*observations.shape[:2], 4))
    return jnp.concatenate([clipped, clipped**2, of_time], axis=-1)


def linear_baseline(
    observations: Float[Array, "trajectory time observation"],
    returns: Float[Array, "trajectory time"],
    mask: Shaped[Array, "trajectory time"],
) -> Float[Array, "trajectory time"]:
    """Fit the baseline to one task's batch and evaluate it on the same batch.

    Minimises `sum_{valid k,t} (returns - features . w)^2 + ridge |w|^2` with ridge 1e-5, by normal equations. Code in
    float64 multiplies the ridge by ten while the solution is not finite, up to five tries. In float32 that ridge drowns
    in rounding: here it is a shift of the matrix, scaled to a unit diagonal, that starts at the rounding error and
    grows so, and a second pass takes most of the shift's bias out again.

    Made for collected data: reverse-mode differentiation does not pass the loop of tries.

    Args:
        observations: observation of each step; ignored where `mask` is 0.
        returns: discounted returns-to-go; ignored where `mask` is 0.
        mask: 1 for the steps taken.

    Returns:
        The value of each step, zero where `mask` is 0; not finite if no try succeeded.

    Reference:
        Duan et al., Benchmarking deep reinforcement learning for continuous control, 2016, arXiv 1604.06778.
    """
    valid = mask > 0
    features = jnp.where(valid[..., None], baseline_features(observations), 0)
    design = features.reshape(-1, features.shape[-1])
    target = jnp.where(valid, returns, 0).reshape(-1)
    size = design.shape[1]
    identity = jnp.eye(size, dtype=design.dtype)
    with jax.default_matmul_precision("highest"):
        normal = design.T @ design + RIDGE * identity
        scale = jax.lax.rsqrt(jnp.diagonal(normal))
        normal = scale[:, None] * normal * scale

        def attempt(carry: tuple[int, Array, Array]) -> tuple[int, Array, Array]:
            count, shift, _ = carry
            factor = cho_factor(normal + shift * identity)
            weights = jnp.zeros(size, design.dtype)
            for _ in range(2):  # the second pass works on what the first left over
                gradient = design.T @ (target - design @ weights) - RIDGE * weights
                weights = weights + scale * cho_solve(factor, scale * gradient)
            return count + 1, 10 * shift, weights

        def failed(carry: tuple[int, Array, Array]) -> Bool[Array, ""]:
            count, _, weights = carry
            return (count < TRIES) & ~jnp.isfinite(weights).all()

        shift = jnp.asarray(size * jnp.finfo(design.dtype).eps, design.dtype)
        _, _, weights = jax.lax.while_loop(failed, attempt, (0, shift, jnp.full(size, jnp.nan, design.dtype)))
        return features @ weights
