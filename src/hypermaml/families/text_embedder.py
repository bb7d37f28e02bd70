"""Sentence vectors by MiniLM, for descriptions in words."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from jaxtyping import Float

from hypermaml.lm.packaged import minilm as minilm_folder
from hypermaml.lm.texts import Remembered, SentenceVectors, TextEmbedder


@cache
def _model() -> TextEmbedder:
    return Remembered(SentenceVectors(str(minilm_folder())))


def minilm(texts: Sequence[str]) -> Float[np.ndarray, "text 384"]:
    """Return the sentence vectors of all-MiniLM-L6-v2.

    Raises:
        ModuleNotFoundError: a package of the extra `language` is not installed.
        FileNotFoundError: the package that carries the model is not installed.
    """
    return _model()(texts)
