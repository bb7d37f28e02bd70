"""Characters in one file: a compressed .npz that holds images, names, alphabets and what they were made with."""

from __future__ import annotations

import hashlib
import io
import json
import math
import tokenize
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.read import opened, parse_json, read_member
from hypermaml.data.characters import Characters

_FORMAT = "hypermaml characters 1"
_BROKEN = (  # what zipfile and NumPy raise for a file that is damaged: NumPy parses headers as Python
    *(ValueError, LookupError, TypeError, AttributeError, OverflowError, SyntaxError, RecursionError, MemoryError),
    *(OSError, EOFError, NotImplementedError, zipfile.BadZipFile, tokenize.TokenError, Warning),
)
LIMIT = 1 << 32  # bytes of all images: 27 times the glyphs


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

    Nothing is unpacked whose size is not that of its declared shape, or larger than a file of so many images may be.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not a regular file, too large, damaged, of another program, or of another version of this
            one.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    with opened(path, what="a file of characters", limit=LIMIT) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return _characters(archive)
        except _BROKEN:
            raise ValueError(f"{path} is damaged, or no file of characters in the format '{_FORMAT}'") from None


def _characters(archive: zipfile.ZipFile) -> tuple[Characters, dict[str, Any]]:
    if _array(archive, "format") != _FORMAT:
        raise ValueError("another format")
    names, alphabets = (tuple(map(str, _array(archive, key))) for key in ("names", "alphabets"))
    ends = np.cumsum(_array(archive, "counts"))
    images = _array(archive, "images", limit=LIMIT)
    if len(images) != ends[-1]:
        raise ValueError("images are missing")
    made = parse_json(str(_array(archive, "made")), "made")
    return Characters(names, alphabets, tuple(np.split(images, ends[:-1]))), made


def _array(archive: zipfile.ZipFile, key: str, *, limit: int = 1 << 26) -> np.ndarray[Any, Any]:
    """Read one array, whose header is looked at before it is trusted."""
    contents = io.BytesIO(read_member(archive, f"{key}.npy", limit=limit))
    version = np.lib.format.read_magic(contents)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
    shape, _, dtype = read_header(contents)
    rest = len(contents.getbuffer()) - contents.tell()
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != rest:
        raise ValueError("another size than the header says")
    contents.seek(0)
    return np.lib.format.read_array(contents, allow_pickle=False)


def digest(characters: Characters) -> str:
    """The SHA-256 of names, alphabets, counts and pixels, in hexadecimal; how they are stored does not matter."""
    total = hashlib.sha256()
    for name, alphabet, images in zip(characters.names, characters.alphabets, characters.images, strict=True):
        total.update(f"{name}\0{alphabet}\0{len(images)}\0".encode())
        total.update(images.tobytes())
    return total.hexdigest()
