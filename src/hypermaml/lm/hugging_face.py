"""Decoders in a folder laid out as Hugging Face's: config.json and safetensors."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hypermaml._misc.failures import short
from hypermaml.lm.architecture import ATTENTION, PROJECTIONS, Architecture, Scaling
from hypermaml.lm.tensors import NUMBERS, Tensors, read_config
from hypermaml.lm.weights import assemble

if TYPE_CHECKING:
    from hypermaml.lm.decoder import Decoder

KINDS = ("llama", "qwen2", "qwen3")
EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"
HARMLESS = (".rotary_emb.inv_freq",)  # older files keep what is computed from the configuration


def read_folder(folder: Path, *, dtype: Any) -> Decoder:
    """The decoder of a folder.

    Args:
        folder: holds config.json and the weights.
        dtype: of the weights in memory.

    Raises:
        ModuleNotFoundError: safetensors is not installed.
        ValueError: a file is absent, damaged, of another kind of model, or does not fit the others.
    """
    path = folder / "config.json"
    config, tensors = read_config(path), Tensors(folder)
    architecture = architecture_of(config, path, tied=HEAD not in tensors.homes)
    if architecture.layers > len(tensors.homes):
        raise ValueError(f"{path}: num_hidden_layers is {architecture.layers}, but {folder} holds fewer tensors")
    if architecture.tied and HEAD in tensors.homes:  # transformers uses the head that is stored, whatever the file says
        embedding, head = (tensors(name, (architecture.vocabulary, architecture.width)) for name in (EMBEDDING, HEAD))
        architecture = replace(architecture, tied=np.array_equal(embedding, head))
    decoder = assemble(architecture, tensors, dtype=dtype)
    tensors.check_all_read(HARMLESS)
    return decoder


def architecture_of(config: dict[str, Any], path: Path, *, tied: bool) -> Architecture:
    """The shape that config.json describes.

    Args:
        config: what it holds.
        path: of the file, for errors.
        tied: what holds where the file does not say whether embedding and output layer are one.

    Raises:
        ValueError: a field is missing or has a value that this decoder cannot have.
    """
    number = functools.partial(number_of, config, path=path)

    def only(name: str, *right: Any, fields: dict[str, Any] = config) -> None:
        if fields.get(name, right[0]) not in right:
            raise ValueError(f"{path}: {name} is {short(fields[name])}, but it must be {' or '.join(map(str, right))}")

    def flag(name: str, default: bool) -> bool:
        value = config.get(name)
        if value is not None and not isinstance(value, bool):
            raise ValueError(f"{path}: {name} is {short(value)}, but it must be true or false")
        return default if value is None else value

    for name in ("quantization_config", "compression_config"):
        if config.get(name) is not None:
            raise ValueError(
                f"{path}: {name} says that the weights are quantized, but they must be {', '.join(NUMBERS)}: quantized "
                "weights are read from a .gguf file"
            )
    kind = config.get("model_type")
    if kind not in KINDS:
        raise ValueError(f"{path}: model_type is {short(kind)}, but it must be one of {', '.join(KINDS)}")
    only("hidden_act", "silu")
    only("use_sliding_window", False, None)
    only("partial_rotary_factor", 1.0, None)
    biases = ATTENTION[:3] if kind == "qwen2" else ATTENTION if flag("attention_bias", False) else ()
    width, heads = number("hidden_size"), number("num_attention_heads")
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if not isinstance(rope, dict):
        raise ValueError(f"{path}: the scaling of the rotary embedding is {short(rope)}, but it must be an object")
    only("partial_rotary_factor", 1.0, None, fields=rope)
    own_base = rope.get("rope_theta") is not None
    try:
        return Architecture(
            vocabulary=number("vocab_size"),
            width=width,
            layers=number("num_hidden_layers"),
            heads=heads,
            kv_heads=number("num_key_value_heads", default=heads),
            head_size=number("head_dim", default=128 if kind == "qwen3" else max(width // heads, 1)),
            hidden=number("intermediate_size"),
            context=number("max_position_embeddings"),
            epsilon=number("rms_norm_eps", kind=float, most=1.0),
            rope_base=number_of(rope if own_base else config, "rope_theta", path, kind=float, default=10000.0),
            scaling=scaling_of(rope, path),
            tied=flag("tie_word_embeddings", tied),
            biases=(*biases, *(PROJECTIONS[4:] if flag("mlp_bias", False) else ())),
            qk_norm=kind == "qwen3",
        )
    except ValueError as error:
        raise error if str(path) in str(error) else ValueError(f"{path}: {error}") from None


def number_of(
    fields: dict[str, Any], name: str, path: Path, *, kind: type = int, default: Any = None, most: float = 1e15
) -> Any:
    """A positive number of config.json.

    Args:
        fields: that may have it.
        name: of the field.
        path: of the file, for errors.
        kind: int or float.
        default: where there is none, or null.
        most: that it may be.

    Raises:
        ValueError: there is none and no default, or it is no number above zero and up to `most`.
    """
    value = default if fields.get(name) is None else fields[name]
    if value is None:
        raise ValueError(f"{path}: {name} is missing")
    numeric = isinstance(value, (int, float) if kind is float else int) and not isinstance(value, bool)
    if not numeric or not 0 < value <= most:
        what = "an integer" if kind is int else "a number"
        end = f" and at most {most:g}" if numeric and value > most else ""
        raise ValueError(f"{path}: {name} is {short(value)}, but it must be {what} above 0{end}")
    return kind(value)


def scaling_of(rope: dict[str, Any], path: Path) -> Scaling | None:
    """What rope_scaling, or in newer files rope_parameters, says.

    Raises:
        ValueError: it is of a kind that is not known here, or lacks a field.
    """
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind == "default":
        return None
    number = functools.partial(number_of, rope, path=path, kind=float)
    try:
        if kind == "linear":
            return Scaling(number("factor"))
        if kind == "llama3":
            context = number_of(rope, "original_max_position_embeddings", path)
            return Scaling(number("factor"), number("low_freq_factor"), number("high_freq_factor"), context)
    except ValueError as error:
        raise error if str(path) in str(error) else ValueError(f"{path}: {error}") from None
    raise ValueError(
        f"{path}: the rotary embedding is scaled as {short(kind)}, but it must be default, linear or llama3"
    )
