"""Adapters as the folders that the package `peft` reads and writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from hypermaml._misc.atomic import write_atomic
from hypermaml.lm.architecture import ATTENTION, PROJECTIONS, Architecture
from hypermaml.lm.extra import require
from hypermaml.lm.lora import Factors, LoRA
from hypermaml.lm.tensors import Tensors, read_json

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
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

    Args:
        folder: of the adapter.
        architecture: of the decoder that they belong to.

    Raises:
        ModuleNotFoundError: safetensors is not installed.
        ValueError: a file is absent, damaged, of another kind of adapter, or does not fit the decoder.
    """
    path = folder / CONFIG
    config = read_json(path, absent=f"an adapter's folder holds {CONFIG} and {WEIGHTS}")
    tensors = Tensors(folder, config=CONFIG)
    wanted = {"peft_type": "LORA", "use_dora": False, "use_rslora": False, "rank_pattern": {}, "alpha_pattern": {}}
    for name, right in wanted.items():
        if (config.get(name) or right) != right:
            raise ValueError(f"{path}: {name} is {config[name]}, but it must be {right}")
    rank, alpha = config.get("r"), config.get("lora_alpha")
    if not isinstance(rank, int) or rank < 1 or not isinstance(alpha, int | float):
        raise ValueError(f"{path}: r is {rank} and lora_alpha {alpha}, but they must be numbers, r at least 1")
    found = [(int(match[1]), match[2]) for name in tensors.homes if (match := _NAME.fullmatch(name))]
    layers = sorted({layer for layer, _ in found})
    names = [name for name in PROJECTIONS if name in {name for _, name in found}]
    if not found or layers != list(range(layers[0], architecture.layers)) or len(found) != len(layers) * len(names):
        raise ValueError(f"{folder}: the adapters are not those of the last of {architecture.layers} layers")

    def stacked(name: str, letter: str, *shape: int) -> jnp.ndarray:
        rows = [tensors(tensor_name(layer, name, letter), shape) for layer in layers]
        return jnp.asarray(np.stack(rows), jnp.zeros(()).dtype)

    factors = {}
    for name in names:
        outputs, inputs = architecture.shape(name)
        factors[name] = Factors(stacked(name, "A", rank, inputs), stacked(name, "B", outputs, rank))
    return LoRA(factors, alpha / rank)
