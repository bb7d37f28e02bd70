"""The files that an experiment reads: which options name them, and a digest of what they hold."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from hypermaml._misc.read import opened

MANY = 1_000_000  # files


@dataclass(frozen=True)
class Reads:
    """The files that an option names.

    Attributes:
        words: values of the option that name no file of the user. Where the program keeps a file for one, a function
            returns its path, and `None` where it is not installed.
        endings: of the names of the files that are read in a folder, in small letters.
        depth: of the files in a folder: 1 where they lie in the folder itself.
    """

    words: Mapping[str, Callable[[], Path | None] | None] = field(default_factory=dict)
    endings: tuple[str, ...] = ()
    depth: int = 1

    def resolved(self, value: str) -> str:
        """Return the absolute path of a file or folder; a word as it is."""
        return value if not value or value in self.words else str(Path(value).expanduser().resolve())

    def path(self, value: str) -> Path | None:
        """Return the path of what the value names; `None` where that is nothing."""
        if value not in self.words:
            return Path(value) if value else None
        own = self.words[value]
        path = own() if own else None
        return path if path and path.exists() else None

    def digest(self, path: Path) -> str:
        """Return a digest of a file, or of the names and contents of the files of a folder.

        Raises:
            ValueError: there is no such file or folder, a file is not a regular one or cannot be read, or the folder
                holds more than a million files.
        """
        if not path.exists():
            raise ValueError(f"there is no file or folder {path}")
        if not path.is_dir():
            return _digest(path)
        found = hashlib.sha256()
        for number, each in enumerate(self._files(path, self.depth)):
            if number >= MANY:
                raise ValueError(f"{path} holds more than {MANY:,} files; name a folder that holds only the data")
            found.update(f"{each.relative_to(path).as_posix()};{_digest(each)};".encode())
        return found.hexdigest()[:16]

    def _files(self, folder: Path, depth: int) -> Iterator[Path]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise ValueError(f"{folder} cannot be read: {error.strerror}") from None
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from self._files(Path(entry.path), depth - 1) if depth > 1 else ()
            elif entry.name.lower().endswith(self.endings):
                yield Path(entry.path)


def _digest(path: Path) -> str:
    """Return the digest of a file, which is read again where its size or its time has changed."""
    with opened(path, what="a file of data") as file:
        status = os.fstat(file.fileno())
    return _contents(path, status.st_ino, status.st_size, status.st_mtime_ns)


@cache
def _contents(path: Path, *version: int) -> str:
    with opened(path, what="a file of data") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
