"""Characters in one file: a compressed .npz that holds images, names, alphabets and what they were made with."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hypermaml._misc.atomic import write_atomic
from hypermaml.data.characters import Characters

_FORMAT = "hypermaml characters 1"


def write_archive(path: Path, characters: Characters, made: Mapping[str, Any]) -> None:
    """Writes the file at once; equal contents give equal bytes.

    Args:
        path: of the file; its folder exists.
        characters: what it holds; their `folder` is not kept.
        made: what they were made with, fit for JSON.

    Raises:
        OSError: the system refuses.
    """
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        format=np.array(_FORMAT),
        made=np.array(json.dumps(made)),
        names=np.array(characters.names),
        alphabets=np.array(characters.alphabets),
        counts=np.array([len(images) for images in characters.images]),
        images=np.concatenate(characters.images),
    )
    write_atomic(path, buffer.getvalue())


def read_archive(path: Path) -> tuple[Characters, dict[str, Any]]:
    """The characters, and what they were made with.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, of another program, or of another version of this one.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if arrays["format"] != _FORMAT:
                raise ValueError("another format")
            names, alphabets = (tuple(map(str, arrays[key])) for key in ("names", "alphabets"))
            ends = np.cumsum(arrays["counts"])
            if len(arrays["images"]) != ends[-1]:
                raise ValueError("images are missing")
            images = tuple(np.split(arrays["images"], ends[:-1]))
            return Characters(names, alphabets, images), json.loads(str(arrays["made"]))
    except (ValueError, KeyError, IndexError, EOFError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error):
        raise ValueError(f"{path} is damaged, or no file of characters in the format '{_FORMAT}'") from None


def digest(characters: Characters) -> str:
    """The SHA-256 of names, alphabets, counts and pixels, in hexadecimal; how they are stored does not matter."""
    total = hashlib.sha256()
    for name, alphabet, images in zip(characters.names, characters.alphabets, characters.images, strict=True):
        total.update(f"{name}\0{alphabet}\0{len(images)}\0".encode())
        total.update(images.tobytes())
    return total.hexdigest()
