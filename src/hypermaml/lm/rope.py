"""Rotary position embedding."""

import math

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hypermaml.lm.architecture import Architecture


def frequencies(architecture: Architecture) -> Float[np.ndarray, " half"]:
    """Radians that each pair of entries of a head turns by from one token to the next.

    Reference:
        Su et al. 2021, "RoFormer" (arXiv 2104.09864), equation 15; `Scaling` for what is done to long waves.
    """
    size, scaling = architecture.head_size, architecture.scaling
    plain = architecture.rope_base ** (-np.arange(0, size, 2) / size)
    if scaling is None:
        return plain
    if scaling.low is None:
        return plain / scaling.factor
    turns = scaling.context * plain / (2 * math.pi)
    kept = np.clip((turns - scaling.low) / (scaling.high - scaling.low), 0, 1)
    return kept * plain + (1 - kept) * plain / scaling.factor


def rotate(x: Float[Array, "token *head size"], angles: Float[Array, "token half"]) -> Float[Array, "token *head size"]:
    """Turns entries i and i + size/2 of each head by the token's i-th angle: the order of Hugging Face's weights."""
    shape = (len(angles), *[1] * (x.ndim - 2), -1)
    cos, sin = (turn(angles).reshape(shape).astype(x.dtype) for turn in (jnp.cos, jnp.sin))
    first, second = jnp.split(x, 2, axis=-1)
    return jnp.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)
