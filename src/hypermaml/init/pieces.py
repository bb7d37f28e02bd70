"""A learner's weights as one row, cut into pieces of equal size."""

import math
from typing import Any

from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float


def count_pieces(learner: Any, chunk: int) -> int:
    """Return how many pieces of `chunk` weights hold a learner; the last may have entries to spare.

    Raises:
        ValueError: `chunk` is below 1.
    """
    if chunk < 1:
        raise ValueError(f"the generator's chunk is {chunk}: it must be at least 1")
    return math.ceil(ravel_pytree(learner)[0].size / chunk)


def joined(pieces: Float[Array, "piece chunk"], like: Any) -> Float[Array, " weight"]:
    """Return the row of the learner's weights, without what the last piece has to spare."""
    return pieces.reshape(-1)[: ravel_pytree(like)[0].size]
