"""Checksums of a folder's files: `manifest.json` holds the size and the SHA-256 of each, and the SHA-256 of its own.

A file is listed first and written then, so a kill at any moment leaves a file that the manifest knows: the new one, the
one before it, or none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.read import opened, parse_json, read_bytes

NAME = "manifest.json"
_FORMAT = "hypermaml files 1"


class RunFolderError(ValueError):
    """A folder cannot be created, is not a run, belongs to another run, or a file of it is damaged."""


def write(folder: Path, name: str, contents: str | bytes) -> None:
    """Write a file of the folder, and list it.

    Args:
        folder: that exists; one process at a time writes in it.
        name: of the file, relative to the folder; its own folder is made.
        contents: text, written as UTF-8, or bytes.

    Raises:
        RunFolderError: the manifest is damaged.
        OSError: the system refuses.
    """
    _write(folder, {name: contents.encode() if isinstance(contents, str) else contents})


def replace(folder: Path, files: Mapping[str, bytes], among: Callable[[str], bool]) -> None:
    """Write files in the places of others. At every moment the list knows each file of the folder.

    Args:
        folder: that exists; one process at a time writes in it.
        files: by name, in the order in which they are written.
        among: whether a listed file of this name, of which there is no new one, is obsolete; such a file is deleted.

    Raises:
        RunFolderError: the manifest is damaged.
        OSError: the system refuses.
    """
    _write(folder, files)
    listed = _listed(folder) | {name: [digest(data)] for name, data in files.items()}
    obsolete = [name for name in listed if name not in files and among(name)]
    _list(folder, {name: known for name, known in listed.items() if name not in obsolete})
    for name in obsolete:
        (folder / name).unlink(missing_ok=True)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    listed = _listed(folder)
    new = {name: [digest(data), *_present(folder / name, listed.get(name, []))] for name, data in files.items()}
    _list(folder, listed | new)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / name, data)


def _present(path: Path, known: list[Any]) -> list[Any]:
    """Return the checksum of the file that is there, which stays right until a new one takes its place."""
    if len(known) < 2 or not path.exists():  # two are known where a write was cut
        return known[:1]
    own = file_digest(path)
    return [own] if own in known else known[:1]


def read(folder: Path, name: str) -> bytes:
    """Return the bytes of a listed file, proven to be whole.

    Raises:
        RunFolderError: the file is damaged, missing or not listed, or the manifest is damaged.
    """
    for _ in range(2):  # another process may have written both the file and the list meanwhile
        with suppress(RunFolderError):
            return _read(folder, name)
    return _read(folder, name)


def _read(folder: Path, name: str) -> bytes:
    path, known = folder / name, _listed(folder).get(name)
    if not path.exists():
        raise RunFolderError(f"{path} is missing")
    check_list(folder)
    if known is None:
        raise RunFolderError(f"{path} is damaged: {folder / NAME} does not list it")
    try:
        data = read_bytes(path, what="a file of a run", limit=1 << 40)
    except ValueError as error:
        raise RunFolderError(f"{path} is damaged: {error}") from None
    if digest(data) not in known:
        raise RunFolderError(f"{path} is damaged: its bytes do not match the SHA-256 in {folder / NAME}")
    return data


def is_listed(folder: Path, name: str) -> bool:
    """Whether the file is there and listed.

    Raises:
        RunFolderError: the manifest is damaged.
    """
    return (folder / name).exists() and name in _listed(folder)


def check(folder: Path, among: Callable[[str], bool] = lambda name: True) -> None:
    """Check the listed files of the folder.

    Args:
        folder: that holds them.
        among: whether a name is checked; every one is by default.

    Raises:
        RunFolderError: one is damaged or missing, or the manifest is.
    """
    check_list(folder)
    for name in filter(among, _listed(folder)):
        read(folder, name)


def check_list(folder: Path) -> None:
    """Check that the folder has a manifest.

    Raises:
        RunFolderError: it is missing.
    """
    if not (folder / NAME).exists():
        raise RunFolderError(f"{folder / NAME} is missing, so that no file beside it can be checked")


def seal(folder: Path, names: Iterable[str]) -> None:
    """List files as they are now; a name without a file is taken off the list.

    Args:
        folder: that holds them.
        names: of the files, relative to the folder.

    Raises:
        RunFolderError: the manifest is damaged.
        OSError: the system refuses.
    """
    listed = _listed(folder)
    for name in names:
        listed.pop(name, None)
        if (folder / name).exists():
            listed[name] = [file_digest(folder / name)]
    _list(folder, listed)


def digest(data: bytes) -> dict[str, Any]:
    """Return the size and the SHA-256 of bytes."""
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def file_digest(path: Path) -> dict[str, Any]:
    """Return the size and the SHA-256 of a file.

    Raises:
        ValueError: it is not a regular file, or cannot be read.
    """
    with opened(path, what="a file of a run") as file:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def render(contents: Mapping[str, Any]) -> bytes:
    """Return the bytes of a JSON file that proves itself: its last entry is the SHA-256 of the other contents."""
    own = hashlib.sha256(json.dumps(contents, indent=1).encode()).hexdigest()
    return json.dumps({**contents, "sha256": own}, indent=1).encode() + b"\n"


def proven(raw: bytes, place: str) -> dict[str, Any]:
    """Return the contents of a file from `render`, without the SHA-256.

    Raises:
        ValueError: a bit of it has changed, or it is another file.
    """
    contents = parse_json(raw, place, finite=False)
    contents.pop("sha256", None)
    if render(contents) != raw:
        raise ValueError(f"{place} is damaged or of another program: its bytes do not match its own SHA-256")
    return contents


def _listed(folder: Path) -> dict[str, list[Any]]:
    """Return for each listed file what may be in it; nothing where there is no manifest."""
    path = folder / NAME
    if not path.exists():
        return {}
    try:
        contents = proven(read_bytes(path, what="the manifest of a folder"), str(path))
    except ValueError as error:
        raise RunFolderError(str(error) if "damaged" in str(error) else f"{path} is damaged: {error}") from None
    if contents.get("format") != _FORMAT:
        raise RunFolderError(f"{path} is not of the format {_FORMAT!r}, which this version reads")
    return contents["files"]


def _list(folder: Path, files: Mapping[str, list[Any]]) -> None:
    write_atomic(folder / NAME, render({"format": _FORMAT, "files": dict(sorted(files.items()))}))
