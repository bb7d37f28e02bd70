"""A tokenizer of our own, for a decoder that is trained here on the tasks' text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypermaml.lm.extra import require

END = "<end>"  # ends every answer; the token 0
LEAST = 257  # tokens: one for each byte, and END


def train_tokenizer(texts: Iterable[str], size: int = 2048) -> Any:
    """A byte-level byte-pair encoding; digits are tokens of their own. It can encode any text.

    Args:
        texts: to learn the merges from; equal texts give an equal tokenizer.
        size: tokens at most, at least 257.

    Returns:
        Of the package `tokenizers`; `save(path)` writes the tokenizer.json that a model's folder holds.

    Raises:
        ModuleNotFoundError: tokenizers is not installed.
        ValueError: the size is too small.

    Reference:
        Sennrich et al. 2016 (arXiv 1508.07909), section 3.2; on bytes as in GPT-2.
    """
    if size < LEAST:
        raise ValueError(f"size is {size}, but it must be at least {LEAST}: one token for each byte, and {END}")
    require("tokenizers", "training a tokenizer")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=[END], initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
