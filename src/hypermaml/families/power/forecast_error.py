"""Forecasts of a day's curves, with their errors."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.families.descriptor import Descriptor

KEPT = 0.9  # of an hour's error, in the next hour
PLANTS = (1.0, 2.0, 2.0)  # error of load, PV and wind, in that of load


def forecast(truth: Float[Array, "3 hour"], error: float, key: PRNGKeyArray) -> Float[Array, "3 hour"]:
    """Draw a forecast of load, PV and wind: each hour is off by a share of its true value.

    The shares are normal, with mean 0 and deviation `error` for load and twice that for PV and wind; those of two hours
    in a row correlate by 0.9. No forecast is below 0.
    """
    hours = jnp.arange(truth.shape[1])
    since = hours[:, None] - hours  # each hour keeps this much of the fresh noise of each one before
    weights = jnp.where(since < 0, 0.0, KEPT ** jnp.abs(since)) * jnp.where(hours > 0, jnp.sqrt(1 - KEPT**2), 1.0)
    off = jax.random.normal(key, truth.shape) @ weights.T
    return jnp.maximum(truth * (1 + error * jnp.array(PLANTS)[:, None] * off), 0.0)


def described(
    truth: Float[Array, "3 hour"], how: Descriptor, *, error: float, key: PRNGKeyArray
) -> Float[Array, " descriptor"]:
    """Return the forecast of a day as a description: all three curves; for `partial`, the load; for `none`, nothing."""
    whole = forecast(truth, error, key).ravel()
    return {"partial": whole[: truth.shape[1]], "none": whole[:0]}.get(how, whole)
