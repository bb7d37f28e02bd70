"""A sentence encoder of the BERT family, all-MiniLM-L6-v2: a text as one vector."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from hypermaml._misc.failures import short
from hypermaml.lm.batching import padded
from hypermaml.lm.hugging_face import number_of
from hypermaml.lm.tensors import Tensors, read_config
from hypermaml.lm.tokenizer import Tokenizer, of_the_package, tokenizer_from_file

LONGEST = 256  # tokens, as its authors trained and cut
_DENSE = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "output": "attention.output.dense",
    "up": "intermediate.dense",
    "down": "output.dense",
}
_NORMS = {"attended": "attention.output.LayerNorm", "fed": "output.LayerNorm"}


class Bert(eqx.Module):
    """A BERT encoder without its pooler, written for one text.

    Attributes:
        tokens: embedding of the tokens.
        positions: embedding of the places.
        kind: embedding of the first kind of segment.
        norm: gain and bias of the first normalization.
        layers: by name weight and bias, stacked.
        heads: of attention.
        epsilon: of the normalizations.

    Reference:
        Devlin et al. 2019, "BERT" (arXiv 1810.04805).
    """

    tokens: Float[Array, "vocabulary width"]
    positions: Float[Array, "place width"]
    kind: Float[Array, " width"]
    norm: tuple[Array, Array]
    layers: dict[str, tuple[Array, Array]]
    heads: int = eqx.field(static=True)
    epsilon: float = eqx.field(static=True)

    def __call__(self, tokens: Int[Array, " token"], real: Bool[Array, " token"]) -> Float[Array, " width"]:
        """The mean of the last hidden states over the real tokens, scaled to length 1."""
        x = self.tokens[tokens] + self.positions[: len(tokens)] + self.kind
        x = standardize(x, *self.norm, self.epsilon)
        x, _ = jax.lax.scan(lambda x, layer: (self._layer(layer, x, real), None), x, self.layers)
        mean = jnp.sum(x * real[:, None], axis=0) / jnp.sum(real)
        return mean / jnp.maximum(jnp.linalg.norm(mean), 1e-12)

    def _layer(self, layer: dict[str, tuple[Array, Array]], x: Array, real: Array) -> Array:
        def dense(name: str, x: Array) -> Array:
            weight, bias = layer[name]
            return x @ weight.T + bias

        q, k, v = (dense(name, x).reshape(len(x), self.heads, -1) for name in ("query", "key", "value"))
        logits = jnp.einsum("thd,shd->hts", q, k) / math.sqrt(q.shape[-1])
        weights = jax.nn.softmax(jnp.where(real, logits, -jnp.inf), axis=-1)
        seen = jnp.einsum("hts,shd->thd", weights, v).reshape(x.shape)
        x = standardize(x + dense("output", seen), *layer["attended"], self.epsilon)
        fed = dense("down", jax.nn.gelu(dense("up", x), approximate=False))
        return standardize(x + fed, *layer["fed"], self.epsilon)


def standardize(
    x: Float[Array, "token width"], gain: Array, bias: Array, epsilon: float
) -> Float[Array, "token width"]:
    """Layer normalization (Ba et al. 2016, arXiv 1607.06450)."""
    deviation = x - jnp.mean(x, axis=-1, keepdims=True)
    return deviation * jax.lax.rsqrt(jnp.mean(deviation**2, axis=-1, keepdims=True) + epsilon) * gain + bias


def read_bert(folder: Path) -> tuple[Bert, Tokenizer]:
    """The encoder and the tokenizer of a folder with config.json, model.safetensors and tokenizer.json.

    Raises:
        ModuleNotFoundError: a package of the extra `language` is not installed.
        ValueError: a file is absent, damaged, of another kind of model, or does not fit the others.
    """
    path = folder / "config.json"
    config, tensors = read_config(path), Tensors(folder)
    wanted = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
    for name, right in wanted.items():
        if config.get(name, right) != right:
            raise ValueError(f"{path}: {name} is {short(config[name])}, but it must be {right}")
    number = functools.partial(number_of, config, path=path)
    names = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    vocabulary, width, hidden, layers, heads = map(number, names)
    if width % heads:
        raise ValueError(f"{path}: num_attention_heads is {heads}, but it must divide hidden_size, which is {width}")
    sizes = {"up": (hidden, width), "down": (width, hidden)}

    def stacked(name: str, *shape: int) -> jax.Array:
        return jnp.asarray(np.stack([tensors(f"encoder.layer.{i}.{name}", shape) for i in range(layers)]))

    def norm(part: str) -> jax.Array:
        return jnp.asarray(tensors(f"embeddings.LayerNorm.{part}", (width,)))

    stack: dict[str, Any] = {}
    for name, part in _DENSE.items():
        size = sizes.get(name, (width, width))
        stack[name] = (stacked(f"{part}.weight", *size), stacked(f"{part}.bias", size[0]))
    for name, part in _NORMS.items():
        stack[name] = (stacked(f"{part}.weight", width), stacked(f"{part}.bias", width))
    bert = Bert(
        jnp.asarray(tensors("embeddings.word_embeddings.weight", (vocabulary, width))),
        jnp.asarray(tensors("embeddings.position_embeddings.weight", (number("max_position_embeddings"), width))),
        jnp.asarray(tensors("embeddings.token_type_embeddings.weight", (number("type_vocab_size"), width))[0]),
        (norm("weight"), norm("bias")),
        stack,
        heads,
        number("layer_norm_eps", kind=float, default=1e-12, most=1.0),
    )
    tokenizer = tokenizer_from_file(folder / "tokenizer.json")
    tokenizer.check_fit(vocabulary)
    return bert, tokenizer


def embed_sentences(bert: Bert, tokenizer: Tokenizer, texts: Sequence[str]) -> Float[np.ndarray, "text width"]:
    """A vector of length 1 for each text; what is beyond 256 tokens is not read, as its authors have it."""
    run = eqx.filter_jit(lambda bert, tokens, real: bert(tokens, real))
    longest = min(LONGEST, len(bert.positions))

    def rows(text: str) -> np.ndarray:
        with of_the_package(tokenizer.source, "cannot encode a text"):
            ids = tokenizer.backend.encode(text).ids
        ids = [*ids[: longest - 1], ids[-1]] if len(ids) > longest else ids
        return np.asarray(run(bert, *padded(ids, longest)))

    return np.stack([rows(text) for text in texts])
