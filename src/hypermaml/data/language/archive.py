"""Tasks in one file, a zip of the JSON files of a folder: the set that ships, and where another is kept."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.cache import cache_folder
from hypermaml._misc.read import opened, read_member
from hypermaml.data.language.folder import LIMIT, MOST, check_names, load_tasks, read_task, task_json
from hypermaml.data.language.task import LanguageTask

SHIPPED = Path(__file__).with_name("tasks.zip")
_DATE = (1980, 1, 1, 0, 0, 0)


def tasks_file(variables: Mapping[str, str] = os.environ) -> Path:
    """`language.zip` in the folder of `cache_folder`."""
    return cache_folder(variables) / "language.zip"


def load_language(place: Path | None = None) -> tuple[LanguageTask, ...]:
    """The tasks of a folder or of a .zip file; by default those that ship with the package.

    Raises:
        ValueError: it is neither, or a task in it is none.
    """
    if place is not None and place.is_dir():
        return load_tasks(place)
    return read_tasks(place or SHIPPED)


def write_tasks(path: Path, tasks: Iterable[LanguageTask]) -> None:
    """Writes the file at once; equal tasks give equal bytes with the same zlib.

    Args:
        path: of the file; its folder exists.
        tasks: of different names.

    Raises:
        OSError: the system refuses.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for task in sorted(tasks, key=lambda task: task.name):
            entry = zipfile.ZipInfo(f"{task.name}.json", _DATE)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, task_json(task), zipfile.ZIP_DEFLATED, 9)
    write_atomic(path, buffer.getvalue())


def read_tasks(path: Path) -> tuple[LanguageTask, ...]:
    """The tasks of a file, sorted by name.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, no zip of tasks, or an entry is no task.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no folder or file of tasks {path}; `hypermaml data language` makes one")
    with opened(path, what="a .zip file of tasks"):
        pass
    try:
        archive = zipfile.ZipFile(path)
    except Exception:  # damage can be in any part of the directory
        raise ValueError(f"{path} is damaged, or no .zip file of tasks") from None
    with archive:
        entries = sorted((entry for entry in archive.infolist() if entry.filename.endswith(".json")), key=_name)
        if not entries:
            raise ValueError(f"{path} holds no .json files; each task is one")
        if (total := sum(entry.file_size for entry in entries)) > MOST:
            raise ValueError(f"{path} has {total:,} bytes once it is unpacked, but tasks may have at most {MOST:,}")
        check_names(map(_name, entries), str(path))
        names = [entry.filename for entry in entries]
        return tuple(
            read_task(
                read_member(archive, name, what="a task", limit=LIMIT), name=Path(name).stem, place=f"{path}/{name}"
            )
            for name in names
        )


def _name(entry: zipfile.ZipInfo) -> str:
    return entry.filename


def digest(tasks: Iterable[LanguageTask]) -> str:
    """The SHA-256 of names and contents, in hexadecimal; how they are compressed does not matter."""
    total = hashlib.sha256()
    for task in sorted(tasks, key=lambda task: task.name):
        total.update(f"{task.name}\0".encode() + task_json(task))
    return total.hexdigest()
