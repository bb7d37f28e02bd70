"""Statistics of arrays of which some entries are absent."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped


def masked_mean(values: Array, mask: Float[Array, " example"]) -> Float[Array, ""]:
    """Return the mean over the examples whose mask is 1; 0 where there are none."""
    return jnp.sum(jnp.where(mask > 0, values, 0.0)) / jnp.maximum(jnp.sum(mask), 1.0)


def masked_mean_and_deviation(
    values: Float[Array, "..."], mask: Shaped[Array, "..."], *, axis: tuple[int, ...]
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """Return the mean and the standard deviation of the entries that are there, along some axes, which stay.

    Args:
        values: any numbers where the mask is 0.
        mask: 1 for the entries that are there; of a shape that broadcasts with that of the values.
        axis: to take the statistics along.

    Returns:
        The mean, 0 where no entry is there, and the deviation, 1 where entries do not vary.
    """
    mask = jnp.broadcast_to(mask, values.shape) > 0
    count = jnp.maximum(jnp.sum(mask, axis=axis, keepdims=True), 1.0)
    mean = jnp.sum(jnp.where(mask, values, 0.0), axis=axis, keepdims=True) / count
    square = jnp.sum(jnp.where(mask, (values - mean) ** 2, 0.0), axis=axis, keepdims=True) / count
    return mean, jnp.where(square > 0, jnp.sqrt(square), 1.0)
