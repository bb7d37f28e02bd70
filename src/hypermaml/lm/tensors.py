"""The tensors of a folder in the layout of Hugging Face: one safetensors file, or several with an index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hypermaml._misc.failures import short
from hypermaml._misc.read import opened, read_json
from hypermaml.lm.extra import require

SINGLE = "model.safetensors"
NUMBERS = ("F64", "F32", "F16", "BF16")
CONFIG = "the config.json of a model"
_LIMIT = 1 << 26  # bytes of an index


def read_config(path: Path, *, what: str = CONFIG) -> dict[str, Any]:
    """The object in a model's or an adapter's JSON file.

    Args:
        path: of the file.
        what: it must be.

    Raises:
        ValueError: the file is absent or holds no such object.
    """
    return read_json(path, what=what, limit=_LIMIT, finite=False)


class Tensors:
    """The tensors of a folder by name, read when they are asked for.

    Attributes:
        folder: that holds them.
        homes: the file of each.
        read: the names of those that were read.
    """

    def __init__(self, folder: Path, *, config: str = "config.json", single: str = SINGLE):
        """Opens the folder's files.

        Args:
            folder: of a model, or of an adapter.
            config: the file that says what is asked for, for errors.
            single: the file that holds all of them, where there is no index.

        Raises:
            ModuleNotFoundError: safetensors is not installed.
            ValueError: there are no weights, or a file is damaged.
        """
        require("safetensors", "reading weights")
        self.folder, self._config = folder, config
        self._files: dict[Path, Any] = {}
        self.read: set[str] = set()
        self.homes: Mapping[str, Path] = self._find(folder / single, folder / f"{single}.index.json")

    def __call__(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """A tensor.

        Raises:
            ValueError: it is absent, of another shape, or damaged.
        """
        if name not in self.homes:
            raise ValueError(f"{self.folder}: no file holds the tensor {name}, which {self._config} asks for")
        path = self.homes[name]
        try:
            kept = self._open(path).get_slice(name)
            held, numbers = tuple(kept.get_shape()), kept.get_dtype()
            if numbers in NUMBERS and held == shape:
                tensor = self._open(path).get_tensor(name)
        except ValueError:
            raise
        except Exception as error:  # the package raises several kinds
            raise ValueError(f"{path}: the tensor {name} cannot be read: {error}") from None
        if numbers not in NUMBERS:
            raise ValueError(
                f"{path}: {name} holds numbers of the type {numbers}, but weights are read as {', '.join(NUMBERS)}: "
                "quantized weights are read from a .gguf file"
            )
        if held != shape:
            raise ValueError(f"{path}: {name} has the shape {held}, but {self._config} asks for {shape}")
        if not np.isfinite(tensor).all():
            raise ValueError(f"{path}: {name} holds NaN or infinity, but weights are finite")
        self.read.add(name)
        return tensor

    def check_all_read(self, harmless: Iterable[str] = ()) -> None:
        """Raise `ValueError` where the files hold a tensor that was not read.

        Args:
            harmless: endings of names that change nothing.
        """
        left = sorted(name for name in self.homes if name not in self.read and not name.endswith(tuple(harmless)))
        if left:
            what = f"{self.homes[left[0]]} holds the tensor {left[0]}, which {self._config} does not ask for"
            raise ValueError(f"{what}: the model would not be the one that the files hold")

    def _find(self, single: Path, index: Path) -> dict[str, Path]:
        files = [single] if single.exists() else sorted(self.folder.glob("*.safetensors"))
        homes: dict[str, Path] = {}
        if index.exists():
            homes = self._indexed(index)
            files = sorted(set(homes.values()))
        if not files:
            raise ValueError(f"{self.folder} holds no weights: there is neither {single.name} nor {index.name}")
        found: dict[str, Path] = {}
        for path in files:
            for name in self._open(path).keys():  # noqa: SIM118
                if found.setdefault(name, path) != path:
                    raise ValueError(f"{path} and {found[name].name} both hold the tensor {name}: keep one of them")
        for name, path in homes.items():
            if found.get(name) != path:
                raise ValueError(f"{index} says that {path.name} holds the tensor {short(name)}, but it does not")
        return found

    def _indexed(self, index: Path) -> dict[str, Path]:
        """Return the file of each tensor that an index names."""
        homes = read_config(index, what=f"{index.name}, which names the file of each tensor").get("weight_map")
        if not isinstance(homes, dict) or not all(isinstance(file, str) and file for file in homes.values()):
            raise ValueError(f"{index}: weight_map must be an object with the name of a file for each tensor")
        here = {path.name for path in self.folder.iterdir()}
        for file in sorted(set(homes.values()) - here):
            raise ValueError(f"{index} names {short(file)}, which is not beside it: a part of the weights is missing")
        return {name: self.folder / file for name, file in homes.items()}

    def _open(self, path: Path) -> Any:
        from safetensors import safe_open

        if path not in self._files:
            with opened(path, what="a .safetensors file"):
                pass
            try:
                self._files[path] = safe_open(path, framework="numpy")
            except Exception as error:  # the package raises several kinds
                raise ValueError(f"{path} is damaged or no safetensors file: {error}") from None
        return self._files[path]
