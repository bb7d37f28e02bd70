"""Prompts with answers, and the loss of a decoder on the answers alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from hypermaml.lm.decoder import Decoder
from hypermaml.lm.lora import LoRA


class Answers(eqx.Module):
    """Prompts, each followed by its answer; the first axis of each leaf is the example.

    Attributes:
        tokens: prompt, answer and padding.
        places: of the tokens before those of the answer, which predict them; padded.
        weights: 1 for a token of the answer, 0 for padding.
        states: what `Decoder.below` gives, where that is kept; `None` where it is computed.
    """

    tokens: Int[Array, "*task example token"]
    places: Int[Array, "*task example answer"]
    weights: Float[Array, "*task example answer"]
    states: Float[Array, "*task example token width"] | None = None


def pack(examples: Sequence[tuple[Sequence[int], Sequence[int]]], *, length: int, longest: int) -> Answers:
    """Arrays of examples.

    Args:
        examples: tokens of the prompt, at least one, and of the answer, with the one that ends it.
        length: tokens of a row, at least those of the longest example.
        longest: tokens of an answer, at least those of the longest.

    Raises:
        ValueError: an example is empty or does not fit; the sentence counts from 0.
    """
    tokens = np.zeros((len(examples), length), np.int32)
    places, weights = np.zeros((len(examples), longest), np.int32), np.zeros((len(examples), longest), np.float32)
    for row, (prompt, answer) in enumerate(examples):
        if not prompt or not answer:
            raise ValueError(f"example {row} has no {'answer' if prompt else 'prompt'}")
        if len(prompt) + len(answer) > length or len(answer) > longest:
            raise ValueError(
                f"example {row} has {len(prompt)} tokens before {len(answer)} of the answer, but there is room for "
                f"{length} in all and {longest} of the answer"
            )
        tokens[row, : len(prompt) + len(answer)] = [*prompt, *answer]
        places[row, : len(answer)] = len(prompt) - 1 + np.arange(len(answer))
        weights[row, : len(answer)] = 1
    return Answers(jnp.asarray(tokens), jnp.asarray(places), jnp.asarray(weights))


def answer_logits(
    decoder: Decoder, lora: LoRA | None, batch: Answers, *, remat: bool = False
) -> Float[Array, "example answer vocabulary"]:
    """Logits where the answers' tokens are predicted, and nowhere else: the output layer is the widest of all.

    Args:
        decoder: split for the adapters' layers.
        lora: the adapters; `None` for none.
        batch: of one task.
        remat: as in `Decoder.above`.
    """

    def of_example(example: Answers) -> Array:
        states = decoder.below(example.tokens) if example.states is None else example.states
        return decoder.above(states, lora, remat=remat)[example.places]

    return decoder.logits(jax.vmap(of_example)(batch))


def token_losses(logits: Float[Array, "*place vocabulary"], targets: Int[Array, "*place"]) -> Float[Array, "*place"]:
    """Negative log-likelihood of each target, in nats."""
    wide = logits.astype(jnp.promote_types(logits.dtype, jnp.float32))
    chosen = jnp.take_along_axis(wide, targets[..., None], axis=-1)[..., 0]
    return jax.nn.logsumexp(wide, axis=-1) - chosen


def answer_loss(decoder: Decoder, lora: LoRA | None, batch: Answers, *, remat: bool = False) -> Float[Array, ""]:
    """Mean negative log-likelihood of the answers' tokens, in nats; arguments as in `answer_logits`."""
    losses = token_losses(answer_logits(decoder, lora, batch, remat=remat), targets_of(batch))
    return jnp.sum(losses * batch.weights) / jnp.sum(batch.weights)


def targets_of(batch: Answers) -> Int[Array, "example answer"]:
    """The answers' tokens."""
    return jnp.take_along_axis(batch.tokens, batch.places + 1, axis=-1)


def answered(
    decoder: Decoder, lora: LoRA | None, batch: Answers, *, ends: Sequence[int] = ()
) -> tuple[Float[Array, " example"], Float[Array, " example"]]:
    """Of each example whether greedy decoding gives the whole answer, 1 or 0, and the loss, a mean over its tokens.

    Greedy decoding goes wrong at the first token that is not the likeliest one after the right ones before it, so that
    one pass over the right answer decides. An example without a token of an answer is right, with a loss of 0.

    Args:
        decoder: split for the adapters' layers.
        lora: the adapters; `None` for none.
        batch: of one task.
        ends: tokens that end a text, each of which is as good as another.
    """
    logits, targets = answer_logits(decoder, lora, batch), targets_of(batch)
    likeliest, ending = jnp.argmax(logits, axis=-1), jnp.asarray(ends, targets.dtype)
    right = (likeliest == targets) | (jnp.isin(targets, ending) & jnp.isin(likeliest, ending)) | (batch.weights == 0)
    counts = jnp.maximum(jnp.sum(batch.weights, axis=-1), 1)
    losses = jnp.sum(token_losses(logits, targets) * batch.weights, axis=-1) / counts
    return jnp.all(right, axis=-1).astype(losses.dtype), losses


def cache_states(decoder: Decoder, batch: Answers) -> Answers:
    """The batch with the hidden states after the decoder's lower stack, which no adapter changes."""
    tokens = batch.tokens.reshape(-1, batch.tokens.shape[-1])
    states: Any = _below(decoder, tokens)
    return Answers(batch.tokens, batch.places, batch.weights, states.reshape(*batch.tokens.shape, -1))


@eqx.filter_jit
def _below(decoder: Decoder, tokens: Int[Array, "text token"]) -> Float[Array, "text token width"]:
    # Some texts at a time: all hidden states inside a layer would take far more room than those that are kept.
    return jax.lax.map(decoder.below, tokens, batch_size=8)
