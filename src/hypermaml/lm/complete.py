"""Answers in words: greedy decoding."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Int

from hypermaml.lm.batching import padded
from hypermaml.lm.decoder import Decoder
from hypermaml.lm.lora import LoRA
from hypermaml.lm.model import LanguageModel


@eqx.filter_jit
def _likeliest(decoder: Decoder, lora: LoRA | None, tokens: Any, place: Int[Array, ""]) -> Int[Array, ""]:
    """The token that is the likeliest after the one at `place`."""
    states = decoder.above(decoder.below(tokens), lora)
    return jnp.argmax(decoder.logits(states[place]))


def complete(
    model: LanguageModel, prompt: str, *, lora: LoRA | None = None, longest: int = 32, where: str = "the prompt"
) -> str:
    """What the model goes on with, up to the token that ends a text.

    The whole text is read again for each token, which for short answers is fast enough.

    Args:
        model: answers.
        prompt: what it reads first.
        lora: adapters of its last layers; `None` for none.
        longest: tokens at most.
        where: the prompt is from, to begin an error with.

    Raises:
        ValueError: the prompt is empty, or leaves no room in the context.
    """
    tokens = [*model.tokenizer.begin, *model.tokenizer.encode(prompt)]
    if not tokens:
        raise ValueError(f"{where} is empty")
    model.check_fit([*tokens, 0], f"{where}, with room for an answer,")
    decoder = model.decoder if lora is None else model.decoder.split_for(lora.layers)
    start = len(tokens)
    end = min(start + longest, decoder.architecture.context)
    while len(tokens) < end:
        row, _ = padded(tokens, decoder.architecture.context)
        token = int(_likeliest(decoder, lora, row, jnp.asarray(len(tokens) - 1)))
        if token in model.tokenizer.ends:
            break
        tokens.append(token)
    return model.tokenizer.decode(tokens[start:])
