"""Greedy decoding of several prompts at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from hypermaml.lm.decoder import Decoder
from hypermaml.lm.lora import LoRA


@eqx.filter_jit
def greedy(
    decoder: Decoder,
    lora: LoRA | None,
    prompts: Int[Array, "text token"],
    lengths: Int[Array, " text"],
    *,
    longest: int,
    ends: Sequence[int],
    stacked: bool = False,
) -> Int[Array, "text answer"]:
    """Return the likeliest token after each prompt, then the likeliest after that, up to one that ends a text.

    All prompts are read together, a token of each at a time; their keys and values are kept.

    Args:
        decoder: split for the adapters' layers.
        lora: the adapters; `None` for none.
        prompts: padded at the end.
        lengths: tokens of each prompt, at least 1.
        longest: tokens of an answer at most, at least 1.
        ends: tokens that end a text.
        stacked: whether each text has adapters of its own, along the first axis.

    Returns:
        The tokens of each answer; the first of `ends`, or 0 without any, from its end on.
    """
    count, row = prompts.shape
    final = next(iter(ends), 0)
    cache = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (count, *leaf.shape)), decoder.empty(row + longest))
    last = jnp.max(lengths) + longest - 1

    def step(token: Any, place: Any, cache: Any, lora: LoRA | None) -> Any:
        return decoder.next(token, place, cache, lora)

    def going(state: Any) -> Array:
        place, _, _, _, done = state
        return (place < last) & ~jnp.all(done)

    def advance(state: Any) -> Any:
        place, newest, answers, cache, done = state
        token = jnp.where(place < lengths, prompts[:, jnp.minimum(place, row - 1)], newest)
        logits, cache = jax.vmap(step, (0, None, 0, 0 if stacked else None))(token, place, cache, lora)
        likeliest = jnp.argmax(logits, axis=-1)
        at = place + 1 - lengths
        done = done | ((at >= 0) & jnp.isin(likeliest, jnp.asarray(ends, likeliest.dtype))) | (at >= longest)
        newest = jnp.where(done, final, likeliest)
        answers = answers.at[jnp.arange(count), jnp.where(at >= 0, at, longest)].set(newest, mode="drop")
        return place + 1, newest, answers, cache, done

    nothing = jnp.full((count, longest), final)
    state = (jnp.asarray(0), jnp.zeros(count, int), nothing, cache, jnp.zeros(count, bool))
    return jax.lax.while_loop(going, advance, state)[2]
