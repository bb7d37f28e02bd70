"""What a GGUF file says of its own sizes, checked before the package `gguf` takes room for them."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO

from hypermaml._misc.read import opened

MOST_FIELDS, MOST_TENSORS, MOST_ENTRIES = 1 << 14, 1 << 17, 1 << 22
MOST_AXES, LONGEST_NAME, LONGEST_TEXT = 4, 1 << 10, 1 << 24
_STRING, _ARRAY = 8, 9
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # bytes of a number, by its type


def check_header(path: Path) -> None:
    """Raise `ValueError` where a file is not GGUF, or announces more than it holds.

    The package `gguf` reads an array as long as the file says, even where the file has ended.

    Args:
        path: of the file.
    """
    with opened(path, what="a .gguf file") as file:
        try:
            _check(file, path.stat().st_size)
        except (EOFError, struct.error):
            raise ValueError(f"{path} is damaged or no GGUF file: it ends too early") from None
        except ValueError as error:
            raise ValueError(f"{path} is damaged or no GGUF file: {error}") from None


def _check(file: IO[bytes], size: int) -> None:
    if file.read(4) != b"GGUF":
        raise ValueError("it does not begin with GGUF")
    version, tensors, fields = _number(file, "<I"), _number(file, "<Q"), _number(file, "<Q")
    if version not in (2, 3):
        raise ValueError(f"its version is {version}, but it must be 2 or 3, with the smallest byte first")
    for count, most, what in ((fields, MOST_FIELDS, "fields"), (tensors, MOST_TENSORS, "tensors")):
        if count > most:
            raise ValueError(f"it announces {count} {what}, but it may have at most {most}")
    seen = set[bytes]()
    for _ in range(fields):
        _new(seen, _text(file, LONGEST_NAME), "field")
        _skip(file, _number(file, "<I"))
    seen.clear()
    for _ in range(tensors):
        _new(seen, _text(file, LONGEST_NAME), "tensor")
        if (axes := _number(file, "<I")) > MOST_AXES:
            raise ValueError(f"a tensor has {axes} axes, but it may have at most {MOST_AXES}")
        entries = 1
        for _ in range(axes):
            entries *= _number(file, "<Q")
        kind, offset = _number(file, "<I"), _number(file, "<Q")
        if entries > 64 * size or offset > size:  # 64: fewer bits than any kind has
            raise ValueError(f"a tensor of the kind {kind} has {entries} entries at byte {offset}, beyond the end")


def _skip(file: IO[bytes], kind: int, *, nested: bool = False) -> None:
    """Pass over a value, and check that it is there."""
    if kind == _STRING:
        _text(file, LONGEST_TEXT)
    elif kind == _ARRAY and not nested:
        inner, count = _number(file, "<I"), _number(file, "<Q")
        if count > MOST_ENTRIES:
            raise ValueError(f"an array has {count} entries, but it may have at most {MOST_ENTRIES}")
        if inner in _SIZES:
            _pass(file, count * _SIZES[inner])
        else:
            for _ in range(count):
                _skip(file, inner, nested=True)
    elif kind in _SIZES:
        _pass(file, _SIZES[kind])
    else:
        raise ValueError(f"a value has the type {kind}, which is not read")


def _new(seen: set[bytes], name: bytes, what: str) -> None:
    if name in seen:
        raise ValueError(f"two of the {what}s have one name")
    seen.add(name)


def _text(file: IO[bytes], longest: int) -> bytes:
    if (length := _number(file, "<Q")) > longest:
        raise ValueError(f"a text has {length} bytes, but it may have at most {longest}")
    return _pass(file, length)


def _number(file: IO[bytes], form: str) -> int:
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def _pass(file: IO[bytes], count: int) -> bytes:
    if len(found := file.read(count)) < count:
        raise EOFError
    return found
