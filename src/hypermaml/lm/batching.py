"""Texts of different lengths in arrays of few."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int


def padded(
    tokens: Sequence[int], longest: int | None = None, *, step: int = 32
) -> tuple[Int[np.ndarray, " token"], Bool[np.ndarray, " token"]]:
    """The tokens, then zeros up to a multiple of `step`, so that few lengths are compiled; and which ones are real.

    Args:
        tokens: of one text.
        longest: the greatest length; no bound by default.
        step: of the lengths.
    """
    length = max(-(-len(tokens) // step) * step, step)
    length = length if longest is None else max(min(length, longest), len(tokens))
    ids = np.zeros(length, np.int32)
    ids[: len(tokens)] = tokens
    return ids, np.arange(length) < len(tokens)
