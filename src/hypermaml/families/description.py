"""Descriptors of tasks whose parameters are a vector."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.families.descriptor import NUMBERS, Descriptor


def describe(
    parameters: Float[Array, " parameters"],
    how: Descriptor,
    *,
    kept: tuple[int, ...],
    noise: Float[Array, " parameters"],
    key: PRNGKeyArray,
) -> Float[Array, " descriptor"]:
    """The descriptor of one task.

    Args:
        parameters: the task's true parameters.
        how: `full`, all of them; `partial`, those at `kept`; `noisy`, all with normal noise;
            `none`, a vector of no entries.
        kept: indices of the partial descriptor.
        noise: standard deviation of the noise on each parameter, in its own unit.
        key: for the noise.

    Raises:
        ValueError: there is no such description.
    """
    if how == "full":
        return parameters
    if how == "partial":
        return parameters[jnp.asarray(kept)]
    if how == "none":
        return parameters[:0]
    if how == "noisy":
        return parameters + noise * jax.random.normal(key, parameters.shape)
    raise ValueError(f"the description is '{how}', but it must be one of {', '.join(NUMBERS)}")
