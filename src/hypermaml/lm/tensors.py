"""The tensors of a folder in the layout of Hugging Face: one safetensors file, or several with an index."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hypermaml.lm.extra import require

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
MODEL_FOLDER = "a model's folder holds config.json, its weights as .safetensors and tokenizer.json"


def read_json(path: Path, *, absent: str = MODEL_FOLDER) -> dict[str, Any]:
    """The object in a JSON file.

    Args:
        path: of the file.
        absent: what would be right, if there is no such file.

    Raises:
        ValueError: the file is absent or holds no such object.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist: {absent}") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is no JSON: {error}") from None
    if not isinstance(held, dict):
        raise ValueError(f"{path} holds a {type(held).__name__}, but it must be a JSON object")
    return held


class Tensors:
    """The tensors of a folder by name, read when they are asked for."""

    def __init__(self, folder: Path, *, config: str = "config.json"):
        """Opens the folder's files.

        Args:
            folder: of a model, or of an adapter.
            config: the file that says what is asked for, for errors.

        Raises:
            ModuleNotFoundError: safetensors is not installed.
            ValueError: there are no weights, or a file is damaged.
        """
        require("safetensors", "reading weights")
        self.folder, self._config = folder, config
        self._files: dict[Path, Any] = {}
        self.homes: Mapping[str, Path] = self._find()

    def __call__(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """A tensor.

        Raises:
            ValueError: it is absent, of another shape, or damaged.
        """
        if name not in self.homes:
            raise ValueError(f"{self.folder}: no file holds the tensor {name}, which {self._config} asks for")
        path = self.homes[name]
        from safetensors import SafetensorError

        try:
            tensor = self._open(path).get_tensor(name)
        except SafetensorError as error:
            raise ValueError(f"{path}: the tensor {name} cannot be read: {error}") from None
        if tensor.shape != shape:
            raise ValueError(f"{path}: {name} has the shape {tensor.shape}, but {self._config} asks for {shape}")
        return tensor

    def _find(self) -> dict[str, Path]:
        index, single = self.folder / INDEX, self.folder / SINGLE
        if not index.exists():
            files = [single] if single.exists() else sorted(self.folder.glob("*.safetensors"))
            if not files:
                raise ValueError(f"{self.folder} holds no weights: there is neither {SINGLE} nor {INDEX}")
            named = {path: self._open(path).keys() for path in files}
            return {name: path for path, names in named.items() for name in names}
        homes = read_json(index).get("weight_map")
        if not isinstance(homes, dict):
            raise ValueError(f"{index}: weight_map is missing")
        found = {name: self.folder / str(file) for name, file in homes.items()}
        for path in sorted(set(found.values())):
            if not path.exists():
                raise ValueError(f"{index} names {path.name}, which is not beside it: a part of the weights is missing")
        return found

    def _open(self, path: Path) -> Any:
        from safetensors import SafetensorError, safe_open

        if path not in self._files:
            try:
                self._files[path] = safe_open(path, framework="numpy")
            except SafetensorError as error:
                raise ValueError(f"{path} is damaged or no safetensors file: {error}") from None
        return self._files[path]
