"""Answers in words: greedy decoding."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from hypermaml.lm.greedy import greedy
from hypermaml.lm.lora import LoRA
from hypermaml.lm.model import LanguageModel

STEP = 32  # lengths are multiples of so many tokens, so that few programs are compiled
ROWS = 16  # prompts that are read at once


def complete(
    model: LanguageModel, prompt: str, *, lora: LoRA | None = None, longest: int = 32, where: str = "the prompt"
) -> str:
    """What the model goes on with, up to the token that ends a text; arguments as in `complete_all`."""
    return complete_all(model, [prompt], lora=lora, longest=longest, where=[where])[0]


def complete_all(
    model: LanguageModel,
    prompts: Sequence[str],
    *,
    lora: LoRA | None = None,
    longest: int = 32,
    where: Sequence[str],
) -> list[str]:
    """What the model goes on with after each of several prompts, up to the token that ends a text.

    Args:
        model: answers.
        prompts: what it reads first.
        lora: adapters of its last layers; `None` for none.
        longest: tokens of an answer at most.
        where: each prompt is from, to begin an error with.

    Raises:
        ValueError: a prompt is empty, or leaves no room in the context.
    """
    rows = [[*model.tokenizer.begin, *model.tokenizer.encode(prompt)] for prompt in prompts]
    for row, place in zip(rows, where, strict=True):
        if not row:
            raise ValueError(f"{place} is empty")
        model.check_fit([*row, 0], f"{place}, with room for an answer,")
    decoder = model.decoder if lora is None else model.decoder.split_for(lora.layers)
    found = []
    for first in range(0, len(rows), ROWS):
        part = rows[first : first + ROWS]
        padded = np.zeros((len(part), -(-max(map(len, part)) // STEP) * STEP), np.int32)
        for to, row in zip(padded, part, strict=True):
            to[: len(row)] = row
        lengths = jnp.asarray([len(row) for row in part])
        ends = model.tokenizer.ends
        tokens = greedy(decoder, lora, jnp.asarray(padded), lengths, longest=longest, ends=ends)
        for row, answer in zip(part, np.asarray(tokens).tolist(), strict=True):
            own = answer[: decoder.architecture.context - len(row)]
            end = next((place for place, token in enumerate(own) if token in ends), len(own))
            found.append(model.tokenizer.decode(own[:end]))
    return found
