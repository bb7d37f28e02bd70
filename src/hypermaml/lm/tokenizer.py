"""Tokenizers: tokenizer.json, or the byte-pair encoding that a GGUF file describes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypermaml.lm.extra import require
from hypermaml.lm.gguf_file import GGUF

_WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
_MARKS = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
# How a text is split before the merges, by tokenizer.ggml.pre. None: as in GPT-2.
_SPLITS = {
    "default": None,
    "gpt-2": None,
    "smollm": None,
    "llama-bpe": _WORDS + r"\p{N}{1,3}" + _MARKS,
    "qwen2": _WORDS + r"\p{N}" + _MARKS,
}
_CONTROL, _USER = 3, 4  # of tokenizer.ggml.token_type


@dataclass(frozen=True)
class Tokenizer:
    """From texts to tokens and back.

    Attributes:
        backend: of the package `tokenizers`.
        source: the file that it is from, for errors.
        end: the token that ends a text; `None` where the model names none.
    """

    backend: Any
    source: Path
    end: int | None

    @property
    def size(self) -> int:
        """One more than the greatest token."""
        return 1 + max(self.backend.get_vocab(with_added_tokens=True).values())

    @property
    def begin(self) -> list[int]:
        """The tokens that this model wants before every text."""
        return self.backend.encode("").ids

    def encode(self, text: str) -> list[int]:
        """The tokens of a text, without `begin` and `end`; special tokens in it are read as such."""
        return self.backend.encode(text, add_special_tokens=False).ids

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens, without special ones."""
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
        if self.end is not None and self.backend.id_to_token(self.end) is None:
            raise ValueError(f"{self.source} has no token {self.end}, with which the model ends a text")


def tokenizer_from_file(path: Path, *, end: int | None = None) -> Tokenizer:
    """The tokenizer in tokenizer.json. It neither truncates nor pads, whatever the file says.

    Args:
        path: of the file.
        end: the token that ends a text.

    Raises:
        ModuleNotFoundError: tokenizers is not installed.
        ValueError: the file is absent or damaged.
    """
    require("tokenizers", "reading a tokenizer")
    from tokenizers import Tokenizer as Backend

    if not path.is_file():
        raise ValueError(f"{path} does not exist: a model's folder holds its tokenizer beside its weights")
    try:
        backend = Backend.from_file(str(path))
    except Exception as error:  # the package raises bare exceptions
        raise ValueError(f"{path} is damaged or no tokenizer: {error}") from None
    backend.no_truncation()
    backend.no_padding()
    return Tokenizer(backend, path, end)


def tokenizer_from_gguf(file: GGUF) -> Tokenizer:
    """The byte-level byte-pair encoding of a GGUF file.

    Raises:
        ModuleNotFoundError: tokenizers is not installed.
        ValueError: the file has another kind of tokenizer, or lacks a part of it.
    """
    require("tokenizers", "reading a tokenizer")
    from tokenizers import AddedToken, Regex, decoders, models, pre_tokenizers
    from tokenizers import Tokenizer as Backend

    kind, split = file.field("tokenizer.ggml.model"), file.field("tokenizer.ggml.pre", "default")
    if kind != "gpt2" or split not in _SPLITS:
        raise ValueError(
            f"{file.path}: the tokenizer is '{kind}' with the splits '{split}', but it must be 'gpt2' with one of "
            f"{', '.join(_SPLITS)}; other models are read from a folder with tokenizer.json"
        )
    tokens, merges = file.field("tokenizer.ggml.tokens"), file.field("tokenizer.ggml.merges")
    kinds = file.field("tokenizer.ggml.token_type", [])
    vocabulary = {token: index for index, token in enumerate(tokens)}
    pairs = [tuple(merge.split(" ", 1)) for merge in merges]
    try:
        backend = Backend(models.BPE(vocab=vocabulary, merges=pairs, ignore_merges=split == "llama-bpe"))
    except Exception as error:  # the package raises bare exceptions
        raise ValueError(f"{file.path}: tokenizer.ggml.merges do not fit tokenizer.ggml.tokens: {error}") from None
    pattern = _SPLITS[split]
    first: list[Any] = []
    if split == "smollm":
        first = [pre_tokenizers.Digits(individual_digits=True)]
    elif pattern is not None:
        first = [pre_tokenizers.Split(Regex(pattern), "isolated")]
    by_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pattern is None)
    backend.pre_tokenizer = pre_tokenizers.Sequence([*first, by_bytes])
    backend.decoder = decoders.ByteLevel()
    for wanted in (_CONTROL, _USER):
        added = [token for token, each in zip(tokens, kinds, strict=False) if each == wanted]
        add = backend.add_special_tokens if wanted == _CONTROL else backend.add_tokens
        add([AddedToken(token, normalized=False, special=wanted == _CONTROL) for token in added])
    return Tokenizer(with_begin(backend, file, tokens), file.path, file.fields.get("tokenizer.ggml.eos_token_id"))


def with_begin(backend: Any, file: GGUF, tokens: Sequence[str]) -> Any:
    """The backend, putting the token before every text that the file wants there."""
    begin = file.fields.get("tokenizer.ggml.bos_token_id")
    if file.fields.get("tokenizer.ggml.add_bos_token") and begin is not None:
        from tokenizers import processors

        token = tokens[begin]
        backend.post_processor = processors.TemplateProcessing(single=f"{token} $A", special_tokens=[(token, begin)])
    return backend
