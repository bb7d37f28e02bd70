"""The byte-pair encoding that a GGUF file describes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypermaml._misc.failures import short
from hypermaml.lm.extra import require
from hypermaml.lm.gguf_file import GGUF
from hypermaml.lm.tokenizer import Tokenizer, of_the_package, template

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
_BEGINS = ("llama-bpe",)  # that begin a text with a token where the file does not say whether they do
_CONTROL, _USER = 3, 4  # of tokenizer.ggml.token_type
_ENDS = ("eos", "eot", "eom")  # tokenizer.ggml.…_token_id
# Control tokens that end a text in llama.cpp by their name alone.
_NAMES_OF_ENDS = (
    *("<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<EOT>"),
    *("<|endoftext|>", "<|end_of_text|>"),
)


def tokenizer_from_gguf(file: GGUF) -> Tokenizer:
    """The byte-level byte-pair encoding of a GGUF file.

    Its first and last tokens are those of llama.cpp. Where the file does not say whether a text begins with a token,
    the kind of split decides. An answer ends with any of the tokens that end a text there.

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
            f"{file.path}: the tokenizer is '{short(kind)}' with the splits '{short(split)}', but it must be 'gpt2' "
            f"with one of {', '.join(_SPLITS)}; other models are read from a folder with tokenizer.json"
        )
    tokens, merges = file.texts("tokenizer.ggml.tokens"), file.texts("tokenizer.ggml.merges")
    kinds = file.field("tokenizer.ggml.token_type", [1] * len(tokens))
    if not isinstance(kinds, list) or len(kinds) != len(tokens):
        raise ValueError(f"{file.path}: tokenizer.ggml.token_type must hold {len(tokens)} numbers, one a token")
    vocabulary = {token: index for index, token in enumerate(tokens)}
    if len(vocabulary) < len(tokens):
        raise ValueError(f"{file.path}: tokenizer.ggml.tokens holds a token twice")
    if not all(" " in merge for merge in merges):
        raise ValueError(f"{file.path}: tokenizer.ggml.merges must hold two tokens with a space between them each")
    pairs = [(first, second) for first, _, second in (merge.partition(" ") for merge in merges)]
    with of_the_package(file.path, "has tokenizer.ggml.merges that do not fit tokenizer.ggml.tokens"):
        backend = Backend(models.BPE(vocab=vocabulary, merges=pairs, ignore_merges=split == "llama-bpe"))
    pattern = _SPLITS[split]
    first: list[Any] = []
    if split == "smollm":
        first = [pre_tokenizers.Digits(individual_digits=True)]
    elif pattern is not None:
        first = [pre_tokenizers.Split(Regex(pattern), "isolated")]
    by_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pattern is None)
    backend.pre_tokenizer = pre_tokenizers.Sequence([*first, by_bytes])
    backend.decoder = decoders.ByteLevel()
    with of_the_package(file.path, "has tokens that cannot be read"):
        for wanted in (_CONTROL, _USER):
            added = [token for token, each in zip(tokens, kinds, strict=True) if each == wanted]
            add = backend.add_special_tokens if wanted == _CONTROL else backend.add_tokens
            add([AddedToken(token, normalized=False, special=wanted == _CONTROL) for token in added])
    begin = begin_of(file, split)
    if begin is not None:
        backend.post_processor = template(tokens[begin], begin)
    ends = ends_of(file, tokens, kinds)
    return Tokenizer(backend, file.path, ends[0] if ends else None, tuple(ends[1:]))


def begin_of(file: GGUF, split: str) -> int | None:
    """The token that stands before every text.

    Raises:
        ValueError: there should be one, but the file does not name it.
    """
    begin, wanted = (
        file.token("tokenizer.ggml.bos_token_id"),
        file.field("tokenizer.ggml.add_bos_token", split in _BEGINS),
    )
    if not isinstance(wanted, bool):
        raise ValueError(f"{file.path}: tokenizer.ggml.add_bos_token is {short(wanted)}, but it must be true or false")
    if wanted and begin is None:
        raise ValueError(f"{file.path}: texts begin with a token, but the field tokenizer.ggml.bos_token_id is missing")
    return begin if wanted else None


def ends_of(file: GGUF, tokens: Sequence[str], kinds: Sequence[int]) -> list[int]:
    """The tokens that end a text, that of answers first."""
    named = [file.token(f"tokenizer.ggml.{name}_token_id") for name in _ENDS]
    known = [
        index
        for index, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
        if kind == _CONTROL and token in _NAMES_OF_ENDS
    ]
    return list(dict.fromkeys(each for each in (*named, *known) if each is not None))
