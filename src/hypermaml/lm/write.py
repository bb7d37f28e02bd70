"""A language model as a folder in the layout of Hugging Face."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Array

from hypermaml._misc.atomic import write_atomic
from hypermaml.lm.architecture import ATTENTION, Architecture
from hypermaml.lm.decoder import Decoder
from hypermaml.lm.extra import require
from hypermaml.lm.model import LanguageModel
from hypermaml.lm.rope import frequencies
from hypermaml.lm.tensors import SINGLE


def write_model(folder: Path, model: LanguageModel) -> None:
    """Writes config.json, model.safetensors and tokenizer.json, which `load_model` and transformers read.

    Args:
        folder: is made if absent; files of an older model in it are replaced.
        model: with a decoder in the shape of Llama, Qwen2 or Qwen3.

    Raises:
        ModuleNotFoundError: safetensors is not installed.
        ValueError: no kind of model has such biases, its context is scaled, or its frequencies are stretched.
        OSError: the folder cannot be written.
    """
    require("safetensors", "writing a model")
    from safetensors.numpy import save

    shape, ends = model.decoder.architecture, model.tokenizer.ends
    if not np.allclose(model.decoder.frequencies, frequencies(shape), rtol=1e-5):
        raise ValueError("a model whose rotary frequencies are stretched beside its scaling cannot be written")
    config = config_of(shape) | {"eos_token_id": list(ends) if len(ends) > 1 else model.tokenizer.end}
    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in tensors_of(model.decoder)}
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / SINGLE, save(tensors, metadata={"format": "pt"}))
    write_atomic(folder / "tokenizer.json", model.tokenizer.backend.to_str())
    write_atomic(folder / "config.json", json.dumps(config, indent=2) + "\n")


def config_of(shape: Architecture) -> dict[str, object]:
    """What config.json says of this shape.

    Raises:
        ValueError: no kind of model has such biases, or its context is scaled.
    """
    kinds = {(): "llama", ATTENTION: "llama", ATTENTION[:3]: "qwen2"}
    kind = "qwen3" if shape.qk_norm else kinds.get(shape.biases)
    if kind is None or shape.scaling is not None or (shape.qk_norm and shape.biases not in ((), ATTENTION)):
        raise ValueError(f"a model with biases {shape.biases} and scaling {shape.scaling} cannot be written")
    return {
        "architectures": [{"llama": "Llama", "qwen2": "Qwen2", "qwen3": "Qwen3"}[kind] + "ForCausalLM"],
        "model_type": kind,
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.width,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_size,
        "intermediate_size": shape.hidden,
        "max_position_embeddings": shape.context,
        "rms_norm_eps": shape.epsilon,
        "rope_theta": shape.rope_base,
        "hidden_act": "silu",
        "tie_word_embeddings": shape.tied,
        "attention_bias": shape.biases == ATTENTION,
    }


def tensors_of(decoder: Decoder) -> Iterator[tuple[str, Array]]:
    """The weights by their names."""
    yield "model.embed_tokens.weight", decoder.embedding
    yield "model.norm.weight", decoder.norm
    if decoder.head is not None:
        yield "lm_head.weight", decoder.head
    stack = decoder.split_for(decoder.architecture.layers).upper
    named = {"input_layernorm.weight": stack.attention_norm, "post_attention_layernorm.weight": stack.feedforward_norm}
    named |= {"self_attn.q_norm.weight": stack.q_norm, "self_attn.k_norm.weight": stack.k_norm}
    for name, projection in stack.projections.items():
        part = f"{'self_attn' if name in ATTENTION else 'mlp'}.{name}"
        named |= {f"{part}.weight": projection.weight, f"{part}.bias": projection.bias}
    for name, stacked in named.items():
        for layer, tensor in enumerate(() if stacked is None else stacked):
            yield f"model.layers.{layer}.{name}", tensor
