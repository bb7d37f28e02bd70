"""Texts as vectors, for the generator: by the language model itself, by MiniLM, or as given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hypermaml._misc.failures import short
from hypermaml._misc.read import read_json
from hypermaml.lm.batching import padded
from hypermaml.lm.bert import embed_sentences, read_bert
from hypermaml.lm.model import LanguageModel

TextEmbedder = Callable[[Sequence[str]], Float[np.ndarray, "text embedding"]]
"""A vector for each text. They are standardized over training tasks by the embedder `Standardized`."""


@eqx.filter_jit
def _mean(decoder: Any, tokens: Any, real: Any) -> Array:
    states = decoder.above(decoder.below(tokens))
    return jnp.sum(states * real[:, None], axis=0, dtype=jnp.promote_types(states.dtype, jnp.float32)) / real.sum()


@dataclass(frozen=True, eq=False)
class HiddenStates:
    """Embeds a text as the mean over its tokens of the model's last hidden states; needs nothing but the model.

    Attributes:
        model: the language model.
    """

    model: LanguageModel

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Return a vector for each text.

        Raises:
            ValueError: a text is empty or too long.
        """
        rows, model = [], self.model
        for text in texts:
            tokens = [*model.tokenizer.begin, *model.tokenizer.encode(text)]
            if not tokens:
                raise ValueError("a text to embed is empty")
            model.check_fit(tokens, f"the text '{short(text, 40)}'")
            rows.append(np.asarray(_mean(model.decoder, *padded(tokens, model.decoder.architecture.context))))
        return np.stack(rows)


@dataclass(frozen=True, eq=False)
class Remembered:
    """Gives the same vectors as another embedder, with no text embedded twice.

    Attributes:
        inner: the other one.
    """

    inner: TextEmbedder

    def __post_init__(self):
        object.__setattr__(self, "_known", {})

    def __restored__(self) -> Remembered:
        """Return a saved one with an empty memory."""
        return Remembered(self.inner)

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Return a vector for each text."""
        known: dict[str, np.ndarray] = self._known  # pyright: ignore[reportAttributeAccessIssue]
        fresh = list(dict.fromkeys(text for text in texts if text not in known))
        if fresh:
            known.update(zip(fresh, self.inner(fresh), strict=True))
        return np.stack([known[text] for text in texts])


@dataclass(frozen=True)
class SentenceVectors:
    """Embeds texts by all-MiniLM-L6-v2, 384 entries.

    Attributes:
        folder: of the model; `packaged.minilm()` finds that of the package.

    Raises:
        ModuleNotFoundError: a package of the extra `language` is not installed.
        ValueError: a file is absent, damaged, or does not fit the others.
    """

    folder: str

    def __post_init__(self):
        object.__setattr__(self, "_parts", read_bert(Path(self.folder)))

    def __restored__(self) -> SentenceVectors:
        """Return a saved one with its model."""
        return SentenceVectors(self.folder)

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Return a vector for each text."""
        bert, tokenizer = self._parts  # pyright: ignore[reportAttributeAccessIssue]
        return embed_sentences(bert, tokenizer, texts)


@dataclass(frozen=True)
class GivenVectors:
    """Looks up vectors of the user's own.

    Attributes:
        source: the file that they are from, for errors.
        vectors: of each text.
    """

    source: str
    vectors: Mapping[str, Float[np.ndarray, " embedding"]]

    @classmethod
    def read(cls, path: Path) -> GivenVectors:
        """Read a JSON file with an object that has, for each text, a list of numbers.

        Raises:
            ValueError: the file is absent or no such object, or the vectors differ in length or are not finite.
        """
        vectors: dict[str, np.ndarray] = {}
        what = "an embedding: model, minilm, or a JSON file with a vector for each text"
        for text, given in read_json(path, what=what, finite=False).items():
            try:
                vector = np.asarray(given, float)
            except (TypeError, ValueError):
                vector = np.zeros(0)
            size = len(next(iter(vectors.values()))) if vectors else vector.size
            if vector.ndim != 1 or not 0 < vector.size == size or not np.isfinite(vector).all():
                raise ValueError(
                    f"{path}: the vector of '{short(text, 40)}' must be a list of {size or 'some'} finite numbers"
                )
            vectors[text] = vector
        return cls(str(path), vectors)

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Return a vector for each text.

        Raises:
            ValueError: a text has none.
        """
        lacking = [text for text in texts if text not in self.vectors]
        if lacking:
            what = f"{self.source} has no vector for the text '{short(lacking[0])}'"
            raise ValueError(f"{what}: its fields are the definitions of all tasks, each with a list of numbers")
        return np.stack([self.vectors[text] for text in texts])
