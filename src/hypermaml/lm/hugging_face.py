"""Decoders in a folder laid out as Hugging Face's: config.json and safetensors."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypermaml.lm.architecture import ATTENTION, PROJECTIONS, Architecture, Scaling
from hypermaml.lm.tensors import Tensors, read_json
from hypermaml.lm.weights import assemble

if TYPE_CHECKING:
    from hypermaml.lm.decoder import Decoder

KINDS = ("llama", "qwen2", "qwen3")


def read_folder(folder: Path, *, dtype: Any) -> Decoder:
    """The decoder of a folder.

    Args:
        folder: holds config.json and the weights.
        dtype: of the weights in memory.

    Raises:
        ModuleNotFoundError: safetensors is not installed.
        ValueError: a file is absent, damaged, of another kind of model, or does not fit the others.
    """
    config, tensors = read_json(folder / "config.json"), Tensors(folder)
    architecture = architecture_of(config, folder / "config.json", tied="lm_head.weight" not in tensors.homes)
    return assemble(architecture, tensors, dtype=dtype)


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

    def only(name: str, *right: Any) -> None:
        if config.get(name, right[0]) not in right:
            raise ValueError(f"{path}: {name} is {config[name]}, but it must be {' or '.join(map(str, right))}")

    kind = config.get("model_type")
    if kind not in KINDS:
        raise ValueError(f"{path}: model_type is {kind}, but it must be one of {', '.join(KINDS)}")
    only("hidden_act", "silu")
    only("use_sliding_window", False, None)
    only("partial_rotary_factor", 1.0, None)
    biases = {"llama": ATTENTION if config.get("attention_bias") else (), "qwen2": ATTENTION[:3]}.get(kind, ())
    if kind == "qwen3" and config.get("attention_bias"):
        biases = ATTENTION
    width, heads = number("hidden_size"), number("num_attention_heads")
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if not isinstance(rope, dict):
        raise ValueError(f"{path}: the scaling of the rotary embedding is {rope}, but it must be an object")
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
            epsilon=number("rms_norm_eps", kind=float),
            rope_base=number_of(rope if own_base else config, "rope_theta", path, kind=float, default=10000.0),
            scaling=scaling_of(rope, path),
            tied=bool(config.get("tie_word_embeddings", tied)),
            biases=(*biases, *(PROJECTIONS[4:] if config.get("mlp_bias") else ())),
            qk_norm=kind == "qwen3",
        )
    except ValueError as error:
        raise error if str(path) in str(error) else ValueError(f"{path}: {error}") from None


def number_of(fields: dict[str, Any], name: str, path: Path, *, kind: type = int, default: Any = None) -> Any:
    """A positive number of config.json.

    Args:
        fields: that may have it.
        name: of the field.
        path: of the file, for errors.
        kind: int or float.
        default: where there is none, or null.

    Raises:
        ValueError: there is none and no default, or it is no number above zero.
    """
    value = default if fields.get(name) is None else fields[name]
    if value is None:
        raise ValueError(f"{path}: {name} is missing")
    numeric = isinstance(value, (int, float) if kind is float else int) and not isinstance(value, bool)
    if not numeric or not 0 < value < math.inf:
        what = "an integer" if kind is int else "a number"
        raise ValueError(f"{path}: {name} is {value}, but it must be {what} above 0")
    return kind(value)


def scaling_of(rope: dict[str, Any], path: Path) -> Scaling | None:
    """What rope_scaling, or in newer files rope_parameters, says.

    Raises:
        ValueError: it is of a kind that is not known here, or lacks a field.
    """
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind == "default":
        return None
    factor = functools.partial(number_of, rope, path=path, kind=float)
    if kind == "linear":
        return Scaling(factor("factor"))
    if kind == "llama3":
        context = number_of(rope, "original_max_position_embeddings", path)
        return Scaling(factor("factor"), factor("low_freq_factor"), factor("high_freq_factor"), context)
    raise ValueError(f"{path}: the rotary embedding is scaled as {kind}, but it must be default, linear or llama3")
