"""Tokenizers of the package `tokenizers`: tokenizer.json."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hypermaml._misc.failures import sentence_of
from hypermaml._misc.read import parse_json, read_text
from hypermaml.lm.extra import require
from hypermaml.lm.tokenizer_growth import check_growth

_LIMIT = 1 << 27  # bytes of a tokenizer.json
_PROBES = ("a", "0", "the", " ")
_LONG = tuple(64 * each + end for each, end in ("a!", "A!", "é!", "0!", " !", "\n!", "!a", "_a"))


@contextmanager
def of_the_package(source: Path, what: str) -> Iterator[None]:
    """Give each exception of the package `tokenizers` as a `ValueError` that names the file.

    Its panics are no `Exception`, but exceptions beside it.

    Args:
        source: the tokenizer's file.
        what: is the case then, to begin the second part of the sentence with.
    """
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise ValueError(f"{source} {what}: {sentence_of(error)}") from None


@dataclass(frozen=True)
class Tokenizer:
    """From texts to tokens and back.

    Attributes:
        backend: of the package `tokenizers`.
        source: the file that it is from, for errors.
        end: the token that ends a text, and an answer to learn; `None` where the model names none.
        other_ends: further tokens with which the model may end a text.
    """

    backend: Any
    source: Path
    end: int | None
    other_ends: tuple[int, ...] = ()

    @cached_property
    def size(self) -> int:
        """One more than the greatest token; 0 without tokens."""
        return 1 + max(self.backend.get_vocab(with_added_tokens=True).values(), default=-1)

    @property
    def ends(self) -> tuple[int, ...]:
        """The tokens that end a text; the first is the one to learn."""
        return () if self.end is None else (self.end, *self.other_ends)

    @property
    def begin(self) -> list[int]:
        """The tokens that this model wants before every text.

        What the file's template puts after a text is not among them.

        Raises:
            ValueError: the template is of another kind.
        """
        return list(self._begin)

    @cached_property
    def _begin(self) -> list[int]:
        for probe in _PROBES:
            with of_the_package(self.source, "cannot encode a text"):
                bare, whole = (self.backend.encode(probe, add_special_tokens=special).ids for special in (False, True))
            if not bare:
                continue
            places = [at for at in range(len(whole) - len(bare) + 1) if whole[at : at + len(bare)] == bare]
            if len(places) == 1:
                return whole[: places[0]]
        raise ValueError(f"{self.source} has a template (post_processor) that does not hold each text once")

    def encode(self, text: str) -> list[int]:
        """The tokens of a text, without `begin` and `end`; special tokens in it are read as such.

        Raises:
            ValueError: the tokenizer cannot encode it.
        """
        with of_the_package(self.source, "cannot encode a text"):
            return self.backend.encode(text, add_special_tokens=False).ids

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens, without special ones.

        Raises:
            ValueError: the tokenizer cannot decode them.
        """
        with of_the_package(self.source, "cannot decode tokens"):
            return self.backend.decode(list(tokens))

    def check_fit(self, vocabulary: int) -> None:
        """Raise `ValueError` where this is not the tokenizer of a model that embeds `vocabulary` tokens.

        Models may embed a few tokens more than there are, to round the number; a tenth of them is more than a few.
        """
        if self.size > vocabulary or self.size < 0.9 * vocabulary:
            raise ValueError(
                f"{self.source} has {self.size} tokens, but the model's embedding has {vocabulary} rows: "
                "this is another model's tokenizer"
            )
        if wrong := [token for token in self.begin if token >= vocabulary]:
            raise ValueError(
                f"{self.source} puts the token {wrong[0]} before each text, which the model does not embed"
            )
        for end in self.ends:
            if not 0 <= end < self.size or self.backend.id_to_token(end) is None:
                raise ValueError(f"{self.source} has no token {end}, with which the model ends a text")


def tokenizer_from_file(path: Path, *, ends: Sequence[int] = ()) -> Tokenizer:
    """The tokenizer in tokenizer.json. It neither truncates nor pads, whatever the file says.

    The tokens before a text are those of its template, whatever tokenizer_config.json says, as in transformers.

    Args:
        path: of the file.
        ends: the tokens that end a text, that of answers first.

    Raises:
        ModuleNotFoundError: tokenizers is not installed.
        ValueError: the file is absent or damaged.
    """
    require("tokenizers", "reading a tokenizer")
    from tokenizers import Tokenizer as Backend

    text = read_text(path, what="a tokenizer, which lies beside the weights of a model", limit=_LIMIT)
    held = parse_json(text, str(path), what="a tokenizer", finite=False)
    if not isinstance(held.get("model"), dict):
        raise ValueError(f"{path} is damaged or no tokenizer: it has no 'model'")
    check_growth(held, path)
    with quiet(), of_the_package(path, "is damaged or no tokenizer"):
        backend = Backend.from_str(text)
        backend.no_truncation()
        backend.no_padding()
        backend.decode(backend.encode("The cat, 12!\n½").ids)
    with quiet(), of_the_package(path, "has a pattern that needs too many steps for a text of 65 characters"):
        for text in _LONG:  # the package panics where a pattern tries out too many ways to match
            backend.encode(text)
    tokenizer = Tokenizer(backend, path, ends[0] if ends else None, tuple(ends[1:]))
    with quiet():
        tokenizer.begin  # noqa: B018 - so that a template that cannot be is found here
    return tokenizer


@contextmanager
def quiet() -> Iterator[None]:
    """Drop what is written to the standard error: the package `tokenizers` writes a trace there before it panics."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # it is closed
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def template(name: str, number: int) -> Any:
    """A post-processor that puts a token before every text."""
    from tokenizers import processors

    return processors.TemplateProcessing(
        single=["first", "$A"], special_tokens=[{"id": "first", "ids": [number], "tokens": [name]}]
    )
