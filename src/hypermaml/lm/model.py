"""A decoder with its tokenizer, from a folder or a GGUF file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax.numpy as jnp

from hypermaml._misc.failures import short
from hypermaml._misc.read import opened
from hypermaml.lm.decoder import Decoder
from hypermaml.lm.gguf_file import GGUF
from hypermaml.lm.gguf_tokenizer import tokenizer_from_gguf
from hypermaml.lm.hugging_face import read_folder
from hypermaml.lm.tensors import read_config
from hypermaml.lm.tokenizer import Tokenizer, tokenizer_from_file


@dataclass(frozen=True)
class LanguageModel:
    """A decoder and its tokenizer.

    Attributes:
        decoder: the frozen weights.
        tokenizer: fits them.
        source: the folder or file that they are from.
    """

    decoder: Decoder
    tokenizer: Tokenizer
    source: Path

    def __post_init__(self):
        self.tokenizer.check_fit(self.decoder.architecture.vocabulary)

    def check_fit(self, tokens: Sequence[int], where: str) -> None:
        """Raise `ValueError` where a text is longer than the model's context.

        Args:
            tokens: of the text.
            where: the file and the field that the text is from, to begin the sentence with.
        """
        if len(tokens) > self.decoder.architecture.context:
            raise ValueError(
                f"{where} has {len(tokens)} tokens, but {self.source.name} reads at most "
                f"{self.decoder.architecture.context}: shorten it"
            )


@dataclass(frozen=True)
class ModelSource:
    """Names the file or the folder of a language model, in a file that is saved without it.

    Attributes:
        path: of the file or folder.
        dtype: of the weights in memory.
        sha256: of the files.
    """

    path: str
    dtype: str
    sha256: str

    @classmethod
    def of(cls, path: Path, dtype: Any) -> ModelSource:
        """Return the source of a model that lies at a path."""
        return cls(str(path.absolute()), str(jnp.dtype(dtype)), _sha256(path))

    def load(self) -> LanguageModel:
        """Read the model.

        Raises:
            ModuleNotFoundError: a package of the extra `language` is not installed.
            ValueError: it is not there, damaged, or another one.
        """
        path = Path(self.path)
        if not path.exists():
            raise ValueError(f"it adapts the language model {path}, which is not there: put it back")
        if _sha256(path) != self.sha256:
            raise ValueError(f"it adapts the language model {path}, whose files have changed since: put them back")
        return load_model(path, dtype=jnp.dtype(self.dtype))


def _sha256(path: Path) -> str:
    files = [path] if path.is_file() else sorted(path.glob("*.json")) + sorted(path.glob("*.safetensors"))
    found = hashlib.sha256()
    for file in files:
        found.update(file.name.encode())
        with opened(file, what="a file of a language model") as read:
            while block := read.read(1 << 20):
                found.update(block)
    return found.hexdigest()


def load_model(source: Path, *, dtype: Any = jnp.float32) -> LanguageModel:
    """Reads a language model.

    Args:
        source: a folder with config.json, safetensors and tokenizer.json, or a .gguf file.
        dtype: of the weights in memory, and so of the computation: float32 or bfloat16.

    Raises:
        ModuleNotFoundError: a package of the extra `language` is not installed.
        ValueError: a file is absent, damaged, of another kind of model, or does not fit the others.
    """
    if source.suffix == ".gguf":
        file = GGUF(source)
        return LanguageModel(file.decoder(dtype=dtype), tokenizer_from_gguf(file), source)
    if not source.is_dir():
        raise ValueError(f"{source} is neither a folder nor a .gguf file: name a language model")
    tokenizer = tokenizer_from_file(source / "tokenizer.json", ends=ends_of(source))
    return LanguageModel(read_folder(source, dtype=dtype), tokenizer, source)


def ends_of(folder: Path) -> list[int]:
    """The tokens that end a text: those of config.json, then those of generation_config.json, where there is one.

    Raises:
        ValueError: a file is damaged, or `eos_token_id` is not a token's number or a list of such.
    """
    found: list[int] = []
    for path in (folder / "config.json", folder / "generation_config.json"):
        if path.name != "config.json" and not path.exists():
            continue
        given = read_config(path, what=f"the {path.name} of a model").get("eos_token_id")
        ends = given if isinstance(given, list) else [] if given is None else [given]
        if wrong := [end for end in ends if type(end) is not int or end < 0]:
            raise ValueError(f"{path}: eos_token_id is {short(wrong[0])}, but it must be a token's number")
        found += ends
    return list(dict.fromkeys(found))
