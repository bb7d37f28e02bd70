"""Adapters as the folders that the package `peft` reads and writes."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.failures import short
from hypermaml.lm.architecture import ATTENTION, PROJECTIONS, Architecture
from hypermaml.lm.extra import require
from hypermaml.lm.hugging_face import number_of
from hypermaml.lm.lora import Factors, LoRA
from hypermaml.lm.tensors import Tensors, read_config

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
# Fields that change nothing of an adapter that is trained, beside those that are read.
_HARMLESS = {
    *("auto_mapping", "base_model_name_or_path", "eva_config", "exclude_modules", "inference_mode", "layers_pattern"),
    *("layers_to_transform", "loftq_config", "lora_dropout", "megatron_core", "peft_version", "qalora_group_size"),
    *("revision", "runtime_config", "task_type", "ensure_weight_tying"),
}
# With other initializations the adapter belongs to base weights that were changed when it was made.
_INITIALIZATIONS = (True, False, None, "gaussian", "eva", "orthogonal")
_NAME = re.compile(r"base_model\.model\.model\.layers\.(\d+)\.\w+\.(\w+)\.lora_A\.weight")


def tensor_name(layer: int, projection: str, factor: str) -> str:
    """What a factor, A or B, of a layer's projection is called."""
    part = "self_attn" if projection in ATTENTION else "mlp"
    return f"base_model.model.model.layers.{layer}.{part}.{projection}.lora_{factor}.weight"


def write_adapter(folder: Path, lora: LoRA, architecture: Architecture, *, base: str = "") -> None:
    """Writes adapters as a folder that `peft.PeftModel.from_pretrained` loads beside the base model.

    Args:
        folder: is made if absent; files of an older adapter in it are replaced.
        lora: the adapters of one task.
        architecture: of the decoder that they belong to.
        base: name or folder of the base model, for the reader.

    Raises:
        ModuleNotFoundError: safetensors is not installed.
        OSError: the folder cannot be written.
    """
    require("safetensors", "writing an adapter")
    from safetensors.numpy import save

    first, tensors = architecture.layers - lora.layers, {}
    for name, factors in lora.factors.items():
        for layer in range(lora.layers):
            for letter, factor in (("A", factors.a), ("B", factors.b)):
                tensors[tensor_name(first + layer, name, letter)] = np.ascontiguousarray(factor[layer], np.float32)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": lora.rank,
        "lora_alpha": lora.scale * lora.rank,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "target_modules": sorted(lora.factors),
        "layers_to_transform": list(range(first, architecture.layers)) if first else None,
        "layers_pattern": "layers" if first else None,
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / WEIGHTS, save(tensors, metadata={"format": "pt"}))
    write_atomic(folder / CONFIG, json.dumps(config, indent=2) + "\n")


def read_adapter(folder: Path, architecture: Architecture) -> LoRA:
    """Adapters that `write_adapter` or `peft` wrote; they must be of a decoder's last layers, all of one rank.

    An adapter of which a part could not be read is refused.

    Args:
        folder: of the adapter.
        architecture: of the decoder that they belong to.

    Raises:
        ModuleNotFoundError: safetensors is not installed.
        ValueError: a file is absent, damaged, of another kind of adapter, or does not fit the decoder.
    """
    path = folder / CONFIG
    config = read_config(path, what=f"the {CONFIG} of an adapter")
    tensors = Tensors(folder, config=CONFIG, single=WEIGHTS)
    check_config(config, path)
    rank, alpha = number_of(config, "r", path), number_of(config, "lora_alpha", path, kind=float)
    found = [(int(match[1]), match[2]) for name in tensors.homes if (match := _NAME.fullmatch(name))]
    layers = sorted({layer for layer, _ in found})
    names = [name for name in PROJECTIONS if name in {name for _, name in found}]
    if not found or layers != list(range(layers[0], architecture.layers)) or len(found) != len(layers) * len(names):
        raise ValueError(f"{folder}: the adapters are not those of the last of {architecture.layers} layers")
    if (chosen := config.get("layers_to_transform")) not in (None, layers, layers[0] if len(layers) == 1 else None):
        raise ValueError(f"{path}: layers_to_transform is {short(chosen)}, but {WEIGHTS} has adapters of {layers}")
    if lacking := [name for name in targets_of(config) if name in PROJECTIONS and name not in names]:
        raise ValueError(f"{path}: target_modules names {lacking[0]}, but {WEIGHTS} has no adapters of it")

    def stacked(name: str, letter: str, *shape: int) -> jnp.ndarray:
        rows = [tensors(tensor_name(layer, name, letter), shape) for layer in layers]
        return jnp.asarray(np.stack(rows), jnp.zeros(()).dtype)

    factors = {}
    for name in names:
        outputs, inputs = architecture.shape(name)
        factors[name] = Factors(stacked(name, "A", rank, inputs), stacked(name, "B", outputs, rank))
    tensors.check_all_read()
    return LoRA(factors, alpha / (math.sqrt(rank) if config.get("use_rslora") else rank))


def check_config(config: dict[str, Any], path: Path) -> None:
    """Raise `ValueError` where adapter_config.json asks for more than the two factors of projections."""
    wanted = {"peft_type": "LORA", "bias": "none"}
    for name, right in wanted.items():
        if config.get(name, right) != right:
            raise ValueError(f"{path}: {name} is {short(config[name])}, but it must be {right}")
    if not isinstance(config.get("use_rslora", False), bool):
        raise ValueError(f"{path}: use_rslora is {short(config['use_rslora'])}, but it must be true or false")
    if config.get("init_lora_weights") not in _INITIALIZATIONS:
        raise ValueError(
            f"{path}: init_lora_weights is {short(config['init_lora_weights'])}, with which the adapter belongs to "
            "changed base weights; convert it with the option path_initial_model_for_weight_conversion of peft"
        )
    read = {*wanted, "use_rslora", "init_lora_weights", "r", "lora_alpha", "target_modules", "fan_in_fan_out"}
    for name in sorted(config.keys() - read - _HARMLESS):
        if config[name] not in (None, False, "", [], {}):
            raise ValueError(f"{path}: {name} is {short(config[name])}, but it must be absent: that part is not read")


def targets_of(config: dict[str, Any]) -> list[str]:
    """The names of the projections that adapter_config.json lists; none where it has a pattern."""
    targets = config.get("target_modules")
    return [str(name).rpartition(".")[2] for name in targets] if isinstance(targets, list) else []
