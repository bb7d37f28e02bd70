"""Texts as vectors, for the generator: by the language model itself, by MiniLM, or as given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hypermaml.lm.batching import padded
from hypermaml.lm.bert import embed_sentences, read_bert
from hypermaml.lm.model import LanguageModel
from hypermaml.lm.tensors import read_json

TextEmbedder = Callable[[Sequence[str]], Float[np.ndarray, "text embedding"]]
"""A vector for each text. They are standardized over training tasks by the embedder `Standardized`."""


def by_hidden_state(model: LanguageModel) -> TextEmbedder:
    """The mean over the text's tokens of the model's last hidden states; needs nothing but the model."""

    @eqx.filter_jit
    def mean(decoder: Any, tokens: Any, real: Any) -> Array:
        states = decoder.above(decoder.below(tokens))
        return jnp.sum(states * real[:, None], axis=0, dtype=jnp.promote_types(states.dtype, jnp.float32)) / real.sum()

    def embed(texts: Sequence[str]) -> np.ndarray:
        rows = []
        for text in texts:
            tokens = [*model.tokenizer.begin, *model.tokenizer.encode(text)]
            if not tokens:
                raise ValueError("a text to embed is empty")
            model.check_fit(tokens, f"the text '{text[:40]}…'")
            rows.append(np.asarray(mean(model.decoder, *padded(tokens, model.decoder.architecture.context))))
        return np.stack(rows)

    return embed


def remembered(embed: TextEmbedder) -> TextEmbedder:
    """The same vectors, with no text embedded twice."""
    known: dict[str, np.ndarray] = {}

    def look(texts: Sequence[str]) -> np.ndarray:
        fresh = list(dict.fromkeys(text for text in texts if text not in known))
        if fresh:
            known.update(zip(fresh, embed(fresh), strict=True))
        return np.stack([known[text] for text in texts])

    return look


def by_minilm(folder: Path) -> TextEmbedder:
    """The sentence vectors of all-MiniLM-L6-v2, 384 entries.

    Args:
        folder: of the model; `packaged.minilm()` finds that of the package.

    Raises:
        ModuleNotFoundError: a package of the extra `language` is not installed.
        ValueError: a file is absent, damaged, or does not fit the others.
    """
    bert, tokenizer = read_bert(folder)
    return lambda texts: embed_sentences(bert, tokenizer, texts)


def as_given(path: Path) -> TextEmbedder:
    """Vectors of the user's own: a JSON file with an object that has, for each text, a list of numbers.

    Raises:
        ValueError: the file is absent or no such object, or the vectors differ in length or are not finite.
    """
    vectors: dict[str, np.ndarray] = {}
    absent = "an embedding is model, minilm, or a JSON file with a vector for each text"
    for text, given in read_json(path, absent=absent).items():
        try:
            vector = np.asarray(given, float)
        except (TypeError, ValueError):
            vector = np.zeros(0)
        size = len(next(iter(vectors.values()))) if vectors else vector.size
        if vector.ndim != 1 or not 0 < vector.size == size or not np.isfinite(vector).all():
            raise ValueError(f"{path}: the vector of '{text[:40]}' must be a list of {size or 'some'} finite numbers")
        vectors[text] = vector

    def embed(texts: Sequence[str]) -> np.ndarray:
        lacking = [text for text in texts if text not in vectors]
        if lacking:
            what = f"{path} has no vector for the text '{lacking[0]}'"
            raise ValueError(f"{what}: its fields are the definitions of all tasks, each with a list of numbers")
        return np.stack([vectors[text] for text in texts])

    return embed
