"""TensorBoard's event files, written record by record.

The writers of other packages hand the records to a thread, so a kill loses some, put the host's name into the file's
name, and import torch where it is installed. A record is a message of protobuf between checksums. Its few fields are
those of TensorFlow's `event.proto` and `summary.proto`.
"""

from __future__ import annotations

import math
import struct
import time
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import count
from pathlib import Path

from hypermaml._misc.atomic import write_whole

PREFIX = "events.out.tfevents."
# Numbers of fields: of an event, of its session, of its summary and of each value in it.
_WALL_TIME, _STEP, _FILE_VERSION, _SUMMARY, _SESSION = 1, 2, 3, 5, 7
_STATUS, _START = 1, 1
_VALUE, _TAG, _SIMPLE_VALUE = 1, 1, 2
# How a field is stored.
_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5


class Events:
    """An event file of one session; readers take the sessions of a folder in the order of their names."""

    def __init__(self, folder: Path, *, purge_step: int | None):
        """Open a new file.

        Args:
            folder: of the files of all sessions; it exists.
            purge_step: readers drop what earlier sessions wrote from this step on; `None` drops nothing.

        Raises:
            OSError: the disk is full, or the folder cannot be written.
        """
        names = (folder / f"{PREFIX}{session:06d}" for session in count())
        self._path = next(name for name in names if not name.exists())
        self._file = self._path.open("xb", buffering=0)
        try:
            self._append(_bytes(_FILE_VERSION, b"brain.Event:2"))
            if purge_step is not None:
                self._append(_integer(_STEP, purge_step), _bytes(_SESSION, _integer(_STATUS, _START)))
        except OSError:
            self.close()
            raise

    def write(self, step: int, scalars: Mapping[str, float]) -> None:
        """Append one event.

        Args:
            step: of the event, at least 0.
            scalars: name -> value, stored with single precision.

        Raises:
            OSError: the disk is full, or the system refuses.
        """
        values = (
            _bytes(_VALUE, _bytes(_TAG, name.encode()) + _key(_SIMPLE_VALUE, _FLOAT) + _single(value))
            for name, value in scalars.items()
        )
        self._append(_integer(_STEP, step), _bytes(_SUMMARY, b"".join(values)))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, *fields: bytes) -> None:
        data = b"".join((_key(_WALL_TIME, _DOUBLE), struct.pack("<d", time.time()), *fields))
        length = struct.pack("<Q", len(data))
        write_whole(self._file, length + _checksum(length) + data + _checksum(data), self._path)


def _key(field: int, kind: int) -> bytes:
    return bytes([field << 3 | kind])


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])


def _integer(field: int, number: int) -> bytes:
    return _key(field, _VARINT) + _varint(number) if number else b""  # an absent number is zero


def _bytes(field: int, contents: bytes) -> bytes:
    return _key(field, _BYTES) + _varint(len(contents)) + contents


def _single(value: float) -> bytes:
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return struct.pack("<f", math.copysign(math.inf, value))


def _checksum(contents: bytes) -> bytes:
    """Return the masked CRC-32C of TFRecord files."""
    table, register = _table(), 0xFFFFFFFF
    for byte in contents:
        register = register >> 8 ^ table[(register ^ byte) & 0xFF]
    register ^= 0xFFFFFFFF
    return struct.pack("<I", ((register >> 15 | register << 17) + 0xA282EAD8) & 0xFFFFFFFF)


@cache
def _table() -> tuple[int, ...]:
    def of(byte: int, steps: Iterable[int]) -> int:
        for _ in steps:
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        return byte

    return tuple(of(byte, range(8)) for byte in range(256))
