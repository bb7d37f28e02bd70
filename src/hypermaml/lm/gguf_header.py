"""The metadata of a GGUF file and where its tensors lie; no more room is taken than the file has bytes.

The reader of the package `gguf` takes an array as long as the file says, and a minute for a million entries.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from hypermaml._misc.failures import short
from hypermaml._misc.read import opened

MOST_FIELDS, MOST_TENSORS, MOST_ENTRIES = 1 << 14, 1 << 17, 1 << 22
MOST_AXES, LONGEST_NAME, LONGEST_TEXT = 4, 1 << 10, 1 << 24
MOST_ALIGNED = 1 << 16
_BOOL, _STRING, _ARRAY = 7, 8, 9
_NUMBERS = {
    **{0: "<u1", 1: "<i1", 2: "<u2", 3: "<i2", 4: "<u4", 5: "<i4", 6: "<f4"},
    **{_BOOL: "?", 10: "<u8", 11: "<i8", 12: "<f8"},
}


class Stored(NamedTuple):
    """A tensor in a file.

    Attributes:
        shape: with rows first, as NumPy has it.
        bytes: its shape in bytes.
        kind: of its numbers, of the package `gguf`.
        first: its first byte in the file.
        end: the byte after its last.
    """

    shape: tuple[int, ...]
    bytes: tuple[int, ...]
    kind: Any
    first: int
    end: int


class Header(NamedTuple):
    """What a GGUF file says.

    Attributes:
        fields: its metadata, by name.
        tensors: by name.
    """

    fields: dict[str, Any]
    tensors: dict[str, Stored]


def read_header(path: Path) -> Header:
    """Read the metadata of a file, and where its tensors lie.

    Args:
        path: of the file.

    Raises:
        ValueError: it is not GGUF, announces more than it holds, or has tensors that overlap.
    """
    with opened(path, what="a .gguf file") as file:
        try:
            return _read(file, path.stat().st_size)
        except (EOFError, struct.error):
            raise ValueError(f"{path} is damaged or no GGUF file: it ends too early") from None
        except ValueError as error:
            raise ValueError(f"{path} is damaged or no GGUF file: {error}") from None


def _read(file: IO[bytes], size: int) -> Header:
    if file.read(4) != b"GGUF":
        raise ValueError("it does not begin with GGUF")
    version, tensors, fields = _number(file, "<I"), _number(file, "<Q"), _number(file, "<Q")
    if version not in (2, 3):
        raise ValueError(f"its version is {version}, but it must be 2 or 3, with the smallest byte first")
    for count, most, what in ((fields, MOST_FIELDS, "fields"), (tensors, MOST_TENSORS, "tensors")):
        if count > most:
            raise ValueError(f"it announces {count} {what}, but it may have at most {most}")
    values: dict[str, Any] = {}
    for _ in range(fields):
        name = _new(values, _text(file, LONGEST_NAME), "field")
        values[name] = _value(file, _number(file, "<I"))
    places: dict[str, tuple[list[int], int, int]] = {}
    for _ in range(tensors):
        name = _new(places, _text(file, LONGEST_NAME), "tensor")
        if not 1 <= (axes := _number(file, "<I")) <= MOST_AXES:
            raise ValueError(f"the tensor {short(name)} has {axes} axes, but it must have 1 to {MOST_AXES}")
        places[name] = [_number(file, "<Q") for _ in range(axes)], _number(file, "<I"), _number(file, "<Q")
    aligned = values.get("general.alignment", 32)
    if type(aligned) is not int or not 1 <= aligned <= MOST_ALIGNED:
        raise ValueError(f"general.alignment is {short(aligned)}, but it must be a number from 1 to {MOST_ALIGNED}")
    start = -(-file.tell() // aligned) * aligned
    found = {name: _stored(name, *place, start=start, size=size) for name, place in places.items()}
    order = sorted(found, key=lambda name: (found[name].first, found[name].end))
    for before, after in pairwise(order):
        if found[after].first < found[before].end:
            raise ValueError(f"the tensors {short(before)} and {short(after)} overlap")
    if order and size > -(-found[order[-1]].end // aligned) * aligned:
        raise ValueError("it holds more than its tensors")
    return Header(values, found)


def _stored(name: str, axes: list[int], kind: int, offset: int, *, start: int, size: int) -> Stored:
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    try:
        known = GGMLQuantizationType(kind)
        entries, width = GGML_QUANT_SIZES[known]
    except (ValueError, KeyError):
        raise ValueError(f"the tensor {short(name)} is of the kind {kind}, which is not read") from None
    shape = tuple(reversed(axes))
    if shape[-1] % entries:
        raise ValueError(f"the tensor {short(name)} has rows of {shape[-1]} entries, but {entries} belong together")
    stored, count = (*shape[:-1], shape[-1] // entries * width), 1
    for length in stored:
        count *= length
    first = start + offset
    if first + count > size:
        raise ValueError(f"the tensor {short(name)} has {count} bytes from byte {first} on, beyond the end")
    return Stored(shape, stored, known, first, first + count)


def _value(file: IO[bytes], kind: int, *, nested: bool = False) -> Any:
    """Return a value of the metadata."""
    if kind == _STRING:
        return _text(file, LONGEST_TEXT)
    if kind == _ARRAY and not nested:
        inner, count = _number(file, "<I"), _number(file, "<Q")
        if count > MOST_ENTRIES:
            raise ValueError(f"an array has {count} entries, but it may have at most {MOST_ENTRIES}")
        return (
            _numbers(file, inner, count)
            if inner in _NUMBERS
            else [_value(file, inner, nested=True) for _ in range(count)]
        )
    if kind in _NUMBERS:
        return _numbers(file, kind, 1)[0]
    raise ValueError(f"a value has the type {kind}, which is not read")


def _numbers(file: IO[bytes], kind: int, count: int) -> list[Any]:
    numbers = np.dtype(_NUMBERS[kind])
    return np.frombuffer(_taken(file, count * numbers.itemsize), numbers).tolist()


def _new(seen: dict[str, Any], name: str, what: str) -> str:
    if name in seen:
        raise ValueError(f"two of the {what}s have one name")
    return name


def _text(file: IO[bytes], longest: int) -> str:
    if (length := _number(file, "<Q")) > longest:
        raise ValueError(f"a text has {length} bytes, but it may have at most {longest}")
    try:
        return _taken(file, length).decode()
    except UnicodeDecodeError:
        raise ValueError("a text is not in UTF-8") from None


def _number(file: IO[bytes], form: str) -> int:
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def _taken(file: IO[bytes], count: int) -> bytes:
    if len(found := file.read(count)) < count:
        raise EOFError
    return found
