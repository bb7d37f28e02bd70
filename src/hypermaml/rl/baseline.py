"""The linear feature baseline: a least-squares fit of returns on simple features of observation and time."""

import math

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float, Shaped

RIDGE = 1e-5


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

    Minimises `sum_{valid k,t} (returns - features . w)^2 + ridge |w|^2` with ridge 1e-5, by an orthogonal factorization
    of the features above the root of the ridge. In float32 the normal equations, whose condition number is the square,
    would need a ridge of the size of their rounding error, which is a thousand times larger on an ant's observations.

    Args:
        observations: observation of each step; ignored where `mask` is 0.
        returns: discounted returns-to-go; ignored where `mask` is 0.
        mask: 1 for the steps taken.

    Returns:
        The value of each step, zero where `mask` is 0; not finite where the data are not.

    Reference:
        Duan et al., Benchmarking deep reinforcement learning for continuous control, 2016, arXiv 1604.06778.
    """
    valid = mask > 0
    features = jnp.where(valid[..., None], baseline_features(observations), 0)
    design = features.reshape(-1, features.shape[-1])
    target = jnp.where(valid, returns, 0).reshape(-1, 1)
    size = design.shape[1]
    ridge = math.sqrt(RIDGE) * jnp.eye(size, size + 1, dtype=design.dtype)
    with jax.default_matmul_precision("highest"):
        factor = jnp.linalg.qr(jnp.concatenate([jnp.concatenate([design, target], axis=1), ridge]), mode="r")
        weights = solve_triangular(factor[:size, :size], factor[:size, size])
        return features @ weights
