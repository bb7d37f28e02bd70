"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import IO

DISK_FULL = "the disk is full"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_full(error: BaseException) -> bool:
    """Whether an error of the system says that the disk, a quota or a file has no room for more."""
    return isinstance(error, OSError) and error.errno in FULL


def disk_full(place: Path, needed: int | None = None) -> OSError:
    """Return the error that says that the disk is full.

    Args:
        place: the file or folder that could not be written.
        needed: bytes that it takes, where this is known.
    """
    folder = next(each for each in (place, *place.absolute().parents) if each.is_dir())
    wanted = "" if needed is None else f", and {needed:,} are needed"
    text = f"{DISK_FULL}: {shutil.disk_usage(folder).free:,} bytes are free in {folder}{wanted}"
    return OSError(errno.ENOSPC, text)


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
        OSError: the disk is full, or the system refuses; nothing is left of the new file.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_bytes(contents.encode() if isinstance(contents, str) else contents)
        sync(temporary)
        os.replace(temporary, path)
        sync(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise (disk_full(path) if is_full(error) else error) from None


def write_whole(file: IO[bytes], data: bytes, path: Path) -> None:
    """Append all bytes to an unbuffered file: the system may take a part of them where the disk is nearly full.

    Args:
        file: open, without a buffer.
        data: to be written.
        path: of the file, for the error.

    Raises:
        OSError: the disk is full, or the system refuses.
    """
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError as error:
        raise (disk_full(path) if is_full(error) else error) from None
