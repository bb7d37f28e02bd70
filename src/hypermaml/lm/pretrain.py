"""A small decoder from scratch, trained on texts: for comparisons with many seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int

from hypermaml._misc.checks import check_fields
from hypermaml.lm.answers import token_losses
from hypermaml.lm.architecture import Architecture
from hypermaml.lm.decoder import Decoder
from hypermaml.lm.model import LanguageModel
from hypermaml.lm.tokenizer import Tokenizer
from hypermaml.lm.weights import draw_decoder


@dataclass(frozen=True)
class Pretraining:
    """Sizes of the model and of its training; the default takes some minutes on two cores."""

    width: int = 128
    """Entries of a hidden state, a multiple of 32."""
    layers: int = 6
    """Of the decoder, >= 1."""
    context: int = 256
    """Tokens of the longest text that the model will read, >= 1."""
    length: int = 64
    """Tokens of a row in training, >= 2."""
    rows: int = 32
    """Of a step, >= 1."""
    steps: int = 1500
    """Of Adam, >= 1."""
    rate: float = 3e-3
    """The highest of Adam, after a twentieth of the steps; it falls to zero along a cosine."""

    def __post_init__(self):
        check_fields(self)
        for name, value, wrong, right in (
            ("width", self.width, self.width % 32 != 0, "a multiple of 32"),
            ("length", self.length, self.length < 2, "at least 2"),
        ):
            if wrong:
                raise ValueError(f"{name} is {value}, but it must be {right}")

    def architecture(self, vocabulary: int) -> Architecture:
        """Heads of 32 entries, two to each head of keys if they are even; embedding and output layer are one."""
        heads = self.width // 32
        return Architecture(
            vocabulary=vocabulary,
            width=self.width,
            layers=self.layers,
            heads=heads,
            kv_heads=heads if heads % 2 else heads // 2,
            head_size=32,
            hidden=3 * self.width,
            context=self.context,
            epsilon=1e-5,
            rope_base=10000.0,
            tied=True,
        )


def stream(tokenizer: Tokenizer, texts: Sequence[str], *, length: int, seed: int) -> Int[np.ndarray, "row token"]:
    """The texts one after another, each with the token that ends it, shuffled and cut into rows.

    Raises:
        ValueError: the tokenizer has no token that ends a text, or the texts do not fill a row.
    """
    if tokenizer.end is None:
        raise ValueError(f"{tokenizer.source} names no token that ends a text")
    order = np.random.default_rng(seed).permutation(len(texts))
    tokens = [token for place in order for token in (*tokenizer.encode(texts[int(place)]), tokenizer.end)]
    rows = len(tokens) // length
    if rows == 0:
        raise ValueError(f"the texts have {len(tokens)} tokens, but a row needs {length}: give more texts")
    return np.asarray(tokens[: rows * length], np.int32).reshape(rows, length)


def pretrain(
    texts: Sequence[str], tokenizer: Tokenizer, settings: Pretraining, *, seed: int, chunk: int = 50
) -> Iterator[tuple[int, float, LanguageModel]]:
    """Trains, a chunk of steps at a time.

    Args:
        texts: to learn.
        tokenizer: of the model; its vocabulary decides the size of the embedding.
        settings: sizes.
        seed: of weights and order, >= 0.
        chunk: steps between two yields.

    Yields:
        Steps done, the mean loss over the chunk in nats a token, and the model so far.

    Raises:
        ValueError: the texts are too few, or the tokenizer has no token that ends them.
    """
    rows = stream(tokenizer, texts, length=settings.length, seed=seed)
    decoder = draw_decoder(settings.architecture(tokenizer.size), seed=seed)
    warm = max(settings.steps // 20, 1)
    schedule = optax.warmup_cosine_decay_schedule(0.0, settings.rate, warm, max(settings.steps, warm + 1))
    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule))
    weights, rest = eqx.partition(decoder, trainable(decoder))
    state: Any = optimizer.init(weights)

    @jax.jit
    def run(weights: Any, state: Any, batches: Array) -> tuple[Any, Any, Array]:
        def step(carry: tuple[Any, Any], batch: Array) -> tuple[tuple[Any, Any], Array]:
            weights, state = carry
            loss, gradient = jax.value_and_grad(lambda w: text_loss(eqx.combine(w, rest), batch))(weights)
            updates, state = optimizer.update(gradient, state)
            return (optax.apply_updates(weights, updates), state), loss

        (weights, state), losses = jax.lax.scan(step, (weights, state), batches)
        return weights, state, losses.mean()

    generator = np.random.default_rng(seed)
    for done in range(0, settings.steps, chunk):
        count = min(chunk, settings.steps - done)
        chosen = rows[generator.integers(0, len(rows), (count, settings.rows))]
        weights, state, loss = run(weights, state, jnp.asarray(chosen))
        yield done + count, float(loss), LanguageModel(eqx.combine(weights, rest), tokenizer, tokenizer.source)


def trainable(decoder: Decoder) -> Any:
    """Which leaves are weights: all but the frequencies of the rotary embedding."""
    every = jax.tree.map(eqx.is_inexact_array, decoder)
    return eqx.tree_at(lambda d: d.frequencies, every, False)


def text_loss(decoder: Decoder, tokens: Int[Array, "row token"]) -> Float[Array, ""]:
    """Mean negative log-likelihood of each token but a row's first, in nats."""
    logits = jax.vmap(decoder)(tokens[:, :-1])
    return jnp.mean(token_losses(logits, tokens[:, 1:]))
