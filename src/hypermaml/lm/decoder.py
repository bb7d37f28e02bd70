"""A decoder of the Llama family, written for one text; `vmap` stands outside."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from hypermaml.lm.architecture import Architecture
from hypermaml.lm.lora import LoRA
from hypermaml.lm.rope import rotate


class Projection(eqx.Module):
    """A linear layer.

    Attributes:
        weight: outputs first, as in Hugging Face's files.
        bias: `None` for none.
    """

    weight: Float[Array, "*layer output input"]
    bias: Float[Array, "*layer output"] | None = None


class Layer(eqx.Module):
    """The weights of a layer, or of several stacked along the first axis.

    Attributes:
        projections: by name.
        attention_norm: gains before attention.
        feedforward_norm: gains before the feed-forward part.
        q_norm: gains of the heads of queries; `None` where they are not normalized.
        k_norm: the same for keys.
    """

    projections: dict[str, Projection]
    attention_norm: Float[Array, "*layer width"]
    feedforward_norm: Float[Array, "*layer width"]
    q_norm: Float[Array, "*layer size"] | None = None
    k_norm: Float[Array, "*layer size"] | None = None

    def project(self, name: str, x: Float[Array, "token input"], lora: LoRA | None) -> Float[Array, "token output"]:
        """A projection of this one layer, with what its adapter adds."""
        own = self.projections[name]
        y = linear(x, own.weight)
        if own.bias is not None:
            y = y + own.bias
        if lora is not None and name in lora.factors:
            factors = lora.factors[name]
            y = y + (lora.scale * linear(linear(x, factors.a), factors.b)).astype(y.dtype)
        return y


def linear(x: Float[Array, "*axis input"], weight: Float[Array, "output input"]) -> Float[Array, "*axis output"]:
    """The product with each row of the weights.

    They are not transposed: a scan keeps for its gradient what was computed inside, so it would keep a transposed copy
    of all layers' weights, where these are its own input.
    """
    return jnp.einsum("...i,oi->...o", x, weight)


def normalize(x: Float[Array, "*axis size"], gain: Float[Array, " size"], epsilon: float) -> Float[Array, "*axis size"]:
    """X over its root mean square, times the gain; bfloat16 is squared in float32.

    Reference:
        Zhang and Sennrich 2019 (arXiv 1910.07467), equation 4.
    """
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    return (wide * jax.lax.rsqrt(jnp.mean(wide**2, axis=-1, keepdims=True) + epsilon)).astype(x.dtype) * gain


def attend(
    q: Float[Array, "token head size"],
    k: Float[Array, "slot kv_head size"],
    v: Float[Array, "slot kv_head size"],
    first: int | Int[Array, ""] = 0,
) -> Float[Array, "token head size"]:
    """Causal attention, in which heads / kv_heads neighbouring heads of queries share a head of keys and values.

    It is written out, since fused kernels have no second derivative.

    Args:
        q: of some tokens in a row.
        k: of all tokens from the first of the text on.
        v: likewise.
        first: the place of the first of the queries.

    Reference:
        Ainslie et al. 2023, "GQA" (arXiv 2305.13245).
    """
    tokens, heads, size = q.shape
    grouped = q.reshape(tokens, k.shape[1], heads // k.shape[1], size)
    logits = jnp.einsum("tkgd,skd->kgts", grouped, k) / math.sqrt(size)
    past = jnp.arange(len(k)) <= first + jnp.arange(tokens)[:, None]
    wide = logits.astype(jnp.promote_types(logits.dtype, jnp.float32))
    weights = jax.nn.softmax(jnp.where(past, wide, -jnp.inf), axis=-1).astype(v.dtype)
    return jnp.einsum("kgts,skd->tkgd", weights, v).reshape(tokens, heads, size)


class Decoder(eqx.Module):
    """A frozen language model. Texts are padded at their end, where causal attention keeps it from all before.

    The layers lie in two stacks, so that those below the lowest adapter are neither differentiated nor computed again
    where their output is kept: `below` gives the hidden states that `above` goes on from.

    Attributes:
        embedding: of the tokens.
        lower: layers that never adapt, stacked; none at first.
        upper: layers that may adapt, stacked.
        norm: gains of the last normalization.
        head: the output layer; `None` where it is the embedding.
        frequencies: of the rotary embedding, in radians a token.
        architecture: the shape.
    """

    embedding: Float[Array, "vocabulary width"]
    lower: Layer
    upper: Layer
    norm: Float[Array, " width"]
    head: Float[Array, "vocabulary width"] | None
    frequencies: Float[Array, " half"]
    architecture: Architecture = eqx.field(static=True)

    def split_for(self, layers: int) -> "Decoder":
        """The same decoder with its last `layers` layers in the upper stack.

        Raises:
            ValueError: it has not so many.
        """
        total = self.architecture.layers
        if not 1 <= layers <= total:
            raise ValueError(f"layers is {layers}, but it must be from 1 to the decoder's {total}")
        if layers == len(self.upper.attention_norm):
            return self
        whole = jax.tree.map(lambda low, up: jnp.concatenate([low, up]), self.lower, self.upper)
        lower, upper = (jax.tree.map(lambda leaf, p=part: leaf[p], whole) for part in _parts(total - layers))
        return eqx.tree_at(lambda d: (d.lower, d.upper), self, (lower, upper))

    def below(self, tokens: Int[Array, " token"]) -> Float[Array, "token width"]:
        """Hidden states after the lower stack; they do not depend on any adapter."""
        return self._run(self.lower, self.embedding[tokens], None, remat=False)

    def above(
        self, hidden: Float[Array, "token width"], lora: LoRA | None = None, *, remat: bool = False
    ) -> Float[Array, "token width"]:
        """Normalized hidden states after the upper stack.

        Args:
            hidden: from `below`.
            lora: adapters of just the layers of the upper stack; `None` for none.
            remat: whether a gradient computes each layer again instead of keeping its products with weights.

        Raises:
            ValueError: the adapters are of another number of layers.
        """
        if lora is not None and lora.layers != (stacked := len(self.upper.attention_norm)):
            raise ValueError(
                f"the adapters are of {lora.layers} layers, the upper stack has {stacked}: use `split_for`"
            )
        hidden = self._run(self.upper, hidden, lora, remat=remat)
        return normalize(hidden, self.norm, self.architecture.epsilon)

    def logits(self, states: Float[Array, "token width"]) -> Float[Array, "token vocabulary"]:
        """Of the next token, from what `above` gives at the tokens that matter."""
        return linear(states, self.embedding if self.head is None else self.head)

    def __call__(self, tokens: Int[Array, " token"], lora: LoRA | None = None) -> Float[Array, "token vocabulary"]:
        """Logits of the token after each one."""
        return self.logits(self.above(self.below(tokens), lora))

    def _run(self, stack: Layer, hidden: Array, lora: LoRA | None, *, remat: bool) -> Array:
        wide = jnp.promote_types(hidden.dtype, jnp.float32)
        angles = jnp.arange(len(hidden), dtype=wide)[:, None] * self.frequencies.astype(wide)

        def advance(hidden: Array, weights: tuple[Layer, LoRA | None]) -> tuple[Array, None]:
            return self._layer(*weights, hidden, angles), None

        # What the products with weights gave is kept: to compute the rest again is faster than to write and read it.
        # Inside a scan nothing can be merged with what was computed before.
        policy = None if remat else jax.checkpoint_policies.dots_with_no_batch_dims_saveable
        step: Any = jax.checkpoint(advance, prevent_cse=False, policy=policy)
        return jax.lax.scan(step, hidden, (stack, lora))[0]

    def next(
        self, token: Int[Array, ""], place: Int[Array, ""], cache: Any, lora: LoRA | None = None
    ) -> tuple[Float[Array, " vocabulary"], Any]:
        """Logits of the token after one token, and the cache with its keys and values.

        Args:
            token: the newest.
            place: where it stands in the text, from 0.
            cache: from `empty`, then from the tokens before.
            lora: adapters of just the layers of the upper stack; `None` for none.
        """
        angles = (place * self.frequencies)[None]

        def advance(hidden: Array, weights: tuple[Layer, LoRA | None, tuple[Array, Array]]) -> tuple[Array, Any]:
            layer, lora, (keys, values) = weights
            q, k, v = self._heads(layer, lora, hidden, angles)
            keys, values = (
                jax.lax.dynamic_update_slice(kept, new, (place, 0, 0)) for kept, new in ((keys, k), (values, v))
            )
            return self._after(layer, lora, hidden, attend(q, keys, values, place)), (keys, values)

        hidden, below = jax.lax.scan(advance, self.embedding[token][None], (self.lower, None, cache[0]))
        hidden, above = jax.lax.scan(advance, hidden, (self.upper, lora, cache[1]))
        return self.logits(normalize(hidden, self.norm, self.architecture.epsilon))[0], (below, above)

    def empty(self, slots: int) -> Any:
        """A cache of keys and values of both stacks, with room for so many tokens."""
        shape = self.architecture
        depths = (len(stack.attention_norm) for stack in (self.lower, self.upper))
        sizes = [(depth, slots, shape.kv_heads, shape.head_size) for depth in depths]
        return tuple((jnp.zeros(size, self.embedding.dtype), jnp.zeros(size, self.embedding.dtype)) for size in sizes)

    def _layer(self, layer: Layer, lora: LoRA | None, hidden: Array, angles: Array) -> Array:
        q, k, v = self._heads(layer, lora, hidden, angles)
        return self._after(layer, lora, hidden, attend(q, k, v))

    def _heads(self, layer: Layer, lora: LoRA | None, hidden: Array, angles: Array) -> tuple[Array, Array, Array]:
        """Queries, keys and values, the first two rotated."""
        shape = self.architecture
        x = normalize(hidden, layer.attention_norm, shape.epsilon)
        q, k, v = (
            layer.project(name, x, lora).reshape(len(x), -1, shape.head_size) for name in ("q_proj", "k_proj", "v_proj")
        )
        if layer.q_norm is not None and layer.k_norm is not None:
            q, k = normalize(q, layer.q_norm, shape.epsilon), normalize(k, layer.k_norm, shape.epsilon)
        return rotate(q, angles), rotate(k, angles), v

    def _after(self, layer: Layer, lora: LoRA | None, hidden: Array, seen: Array) -> Array:
        """The hidden states after attention and the feed-forward part."""
        hidden = hidden + layer.project("o_proj", seen.reshape(len(hidden), -1), lora)
        x = normalize(hidden, layer.feedforward_norm, self.architecture.epsilon)
        units = jax.nn.silu(layer.project("gate_proj", x, lora)) * layer.project("up_proj", x, lora)
        return hidden + layer.project("down_proj", units, lora)


def _parts(depth: int) -> tuple[slice, slice]:
    return slice(None, depth), slice(depth, None)
