"""A lock on a folder that dies with its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class RunInUse(RuntimeError):
    """Another process holds the folder."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder/lock` for as long as the block runs.

    The operating system keeps the lock (`flock`), so it ends with the process however that ends, and no stale lock can
    stay behind. The file itself stays: removing it would let two processes lock two files of the same name. A child
    made by a bare `os.fork` shares the lock; a child that executes a program does not.

    Args:
        folder: an existing folder.

    Raises:
        RunInUse: somebody else holds the lock; the sentence names the folder and, where known, the process.
        OSError: the lock file cannot be opened.
    """
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).strip()
            process = f"process {holder.decode()}" if holder.isdigit() else "another process"
            raise RunInUse(
                f"The folder {folder} is in use by {process}; wait for it to end or choose another folder."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
