"""What may lie where a file should be, and damage to its bytes."""

import json
import os
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

LINKS = {"lost": "nowhere", "device": "/dev/zero", "terminal": "/dev/full"}
depths = st.sampled_from([90, 200, 10**5])
deep = st.builds(lambda kind, depth: (b"[" if kind else b'{"a":') * depth, st.booleans(), depths)
change = st.tuples(st.sampled_from(["flip", "cut", "insert", "drop"]), st.integers(0, 10**6), st.integers(0, 255))


def put(path: Path, kind: str, contents: bytes = b"") -> None:
    """Make something of the kind that a name can stand for.

    Args:
        path: of what is made.
        kind: file, pipe, folder, empty, zeros, absent; a link of `LINKS`; or `round`, a link to itself.
        contents: of a file.
    """
    path.unlink(missing_ok=True)
    if kind == "file":
        path.write_bytes(contents)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "zeros":  # a file of a TiB without blocks
        with path.open("wb") as file:
            file.truncate(1 << 40)
    elif kind != "absent":
        path.symlink_to(LINKS.get(kind, path.name))


def damaged(contents: bytes, changes: list[tuple[str, int, int]]) -> bytes:
    """Return the bytes after each change: what, where and with which byte."""
    held = bytearray(contents)
    for what, where, byte in changes:
        if not held:
            break
        where %= len(held)
        if what == "flip":
            held[where] ^= byte or 1
        elif what == "cut":
            del held[where:]
        elif what == "insert":
            held[where:where] = bytes([byte]) * (1 + byte % 3)
        else:
            del held[where : where + 1 + byte % 5]
    return bytes(held)


def as_json(value: Any, ascii_only: bool = True) -> bytes:
    """Return a value as JSON, which may have halves of surrogate pairs."""
    return json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
