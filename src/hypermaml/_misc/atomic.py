"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Flush a file, or a folder's list of names, to the disk.

    Args:
        path: an existing file or folder.

    Raises:
        OSError: the system refuses.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomic(path: Path, contents: str | bytes) -> None:
    """Write a file so that a kill at any moment leaves either the old file or the new one.

    Only one writer per file is expected: the temporary file beside it has a fixed name, which the next write reuses.

    Args:
        path: the file; its folder exists.
        contents: text (written as UTF-8, line ends untouched) or bytes.

    Raises:
        OSError: the system refuses.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(contents.encode() if isinstance(contents, str) else contents)
    sync(temporary)
    os.replace(temporary, path)
    sync(path.parent)
