"""Output files that an option names."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from hypermaml._misc.read import opened
from hypermaml.cli.names import UsageError


def check_output_file(
    path: Path | None, kinds: Mapping[str, bytes], *, option: str = "--out", folder: Path | None = None
) -> None:
    """Check that a file can be written, and that it replaces a file of its own kind or none.

    Args:
        path: of the file; `None` passes.
        kinds: for each ending that the name may have, the bytes that such files begin with. The ending `""` allows
            every name.
        option: that named the file.
        folder: that must exist; the folder of the file by default.

    Raises:
        UsageError: the file has another ending, cannot be written, or is there and is of another kind.
    """
    if path is None:
        return
    ending = "" if "" in kinds else path.suffix.lower()
    folder = folder or path.absolute().parent
    if ending not in kinds:
        raise UsageError(f"{option}: {path} must end in {' or '.join(', '.join(kinds).rsplit(', ', 1))}")
    if path.is_dir() or not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise UsageError(f"{option}: cannot write {path}; name a file in a folder that exists and may be written")
    if path.exists() and not _begins(path, kinds[ending]):
        kind = f"a {ending} file" if ending else "a file of this kind"
        raise UsageError(f"{option}: {path} exists and is not {kind}; name another file")


def _begins(path: Path, start: bytes) -> bool:
    """Whether a regular file begins with these bytes; a pipe or a device is not opened."""
    try:
        with opened(path) as file:
            return file.read(len(start)) == start
    except ValueError:
        return False


def check_new(path: Path, *, overwrite: bool, file: bool = True, option: str = "--out") -> None:
    """Check that a file or folder can be written, and that nothing is lost.

    Args:
        path: of the file or folder.
        overwrite: whether one that is there is replaced.
        file: whether a file is written, which replaces no folder.
        option: that named it.

    Raises:
        UsageError: it is there already, or its folder is not.
    """
    folder = path.absolute().parent
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise UsageError(f"{option}: cannot write {path}; name one in a folder that exists and may be written")
    if file and path.is_dir():
        raise UsageError(f"{option}: {path} is a folder; name a file")
    if path.exists() and not overwrite:
        raise UsageError(f"{option}: {path} exists already; name another one, or write --overwrite")


def check_output_folder(path: Path, *, option: str = "--out") -> None:
    """Check that a folder can be made or is there, and that it may be written.

    Args:
        path: of the folder.
        option: that named it.

    Raises:
        UsageError: a file has this name, or that of a folder above it, or it cannot be written.
    """
    above = next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())
    if not above.is_dir():
        where = path if above == path.absolute() else above
        raise UsageError(f"{option}: {where} is a file; name {'a folder' if where == path else 'another folder'}")
    if not os.access(above, os.W_OK):
        raise UsageError(f"{option}: cannot write {path}; name a folder that may be written")


def named_files(values: Sequence[str]) -> dict[str, str]:
    """Return the path of each option from the words `OPTION=PATH` of `--files`.

    Raises:
        UsageError: a word is not of this form.
    """
    pairs = [each.partition("=") for each in values]
    for each, (name, _, path) in zip(values, pairs, strict=True):
        if not (name and path):
            raise UsageError(f"--files has '{each}', but it must be OPTION=PATH, such as rows=data/rows.csv")
    return {name.replace("-", "_"): path for name, _, path in pairs}
