"""A decoder from tensors that are read by their names in Hugging Face's files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hypermaml.lm.architecture import ATTENTION, PROJECTIONS, Architecture
from hypermaml.lm.decoder import Decoder, Layer, Projection
from hypermaml.lm.rope import frequencies

Read = Callable[[str, tuple[int, ...]], np.ndarray]
"""The tensor of a name, of the shape that is given; raises `ValueError` with the file's name if it cannot be."""


def assemble(architecture: Architecture, read: Read, *, dtype: Any, stretch: np.ndarray | None = None) -> Decoder:
    """Reads a decoder.

    Args:
        architecture: its shape.
        read: gives each tensor.
        dtype: of the weights, and with them of the computation: float32 or bfloat16.
        stretch: what the rotary frequencies are divided by, one number each, beside what the architecture says.
    """
    shape = architecture

    def one(name: str, *size: int) -> jax.Array:
        return jnp.asarray(read(name, size), dtype)

    def stacked(name: str, *size: int) -> jax.Array:
        last = read(f"model.layers.{shape.layers - 1}.{name}", size)  # before there is room for all: sizes may be wrong
        rows = np.empty((shape.layers, *size), dtype)
        rows[-1] = last
        for layer in range(shape.layers - 1):
            rows[layer] = read(f"model.layers.{layer}.{name}", size)
        return jnp.asarray(rows)

    def projection(name: str) -> Projection:
        part, size = "self_attn" if name in ATTENTION else "mlp", shape.shape(name)
        bias = stacked(f"{part}.{name}.bias", size[0]) if name in shape.biases else None
        return Projection(stacked(f"{part}.{name}.weight", *size), bias)

    upper = Layer(
        {name: projection(name) for name in PROJECTIONS},
        stacked("input_layernorm.weight", shape.width),
        stacked("post_attention_layernorm.weight", shape.width),
        stacked("self_attn.q_norm.weight", shape.head_size) if shape.qk_norm else None,
        stacked("self_attn.k_norm.weight", shape.head_size) if shape.qk_norm else None,
    )
    turns = frequencies(shape)
    return Decoder(
        embedding=one("model.embed_tokens.weight", shape.vocabulary, shape.width),
        lower=jax.tree.map(lambda leaf: leaf[:0], upper),
        upper=upper,
        norm=one("model.norm.weight", shape.width),
        head=None if shape.tied else one("lm_head.weight", shape.vocabulary, shape.width),
        frequencies=jnp.asarray(turns if stretch is None else turns / stretch),
        architecture=shape,
    )


def draw_decoder(architecture: Architecture, *, dtype: Any = None, seed: int = 0) -> Decoder:
    """An untrained decoder: normal weights of deviation 0.02, gains of 1, biases of 0, for benchmarks and small models.

    Args:
        architecture: its shape.
        dtype: of the weights; JAX's default by default.
        seed: of the weights, >= 0.
    """
    generator = np.random.default_rng(seed)

    def read(name: str, size: tuple[int, ...]) -> np.ndarray:
        if name.endswith("bias"):
            return np.zeros(size)
        return np.ones(size) if name.endswith("norm.weight") else 0.02 * generator.standard_normal(size)

    return assemble(architecture, read, dtype=jnp.zeros(()).dtype if dtype is None else dtype)
