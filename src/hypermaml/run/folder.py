"""The folder of a run: who may write in it, which configuration it belongs to, and what in it is finished.

config.json          the format, the whole configuration, and a digest of what decides the results
environment.json     one entry for each start: versions, device, command
record.json, references/           facts for the report: see `hypermaml._compare.record`
lock                 held while a process works in the folder
training-runs/NAME/  one training run each; its results.csv, written last and at once, says that it is finished
results.csv, summary.json, tables, plots           summary.json, written last, says that the run is finished
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.digest import digest
from hypermaml.run.environment import environment
from hypermaml.run.lock import locked

_FORMAT = "hypermaml run 2"
_OLDER = {"hypermaml run 1": "0.1"}  # by format, the version that reads it
_LEFTOVERS = {"lock", ".config.json.tmp"}  # what a kill before the first write of config.json leaves
_NAME = re.compile(r"\w[\w.+=,-]*(/\w[\w.+=,-]*)*", re.ASCII)


class RunFolderError(ValueError):
    """A folder cannot be created, is not a run, or belongs to another run."""


@dataclass(frozen=True)
class RunFolder:
    """An existing run.

    Attributes:
        path: the folder.
        config: the configuration that the run was created with, as read from JSON.
    """

    path: Path
    config: dict[str, Any]

    @classmethod
    def load(cls, path: Path) -> RunFolder:
        """Open a run to read it, finished or not, without the lock.

        Raises:
            RunFolderError: the folder holds no run, or a run of an older version.
        """
        saved = _read_config(path)
        if saved is None:
            raise RunFolderError(f"{path} holds no run: its config.json is missing, damaged or of another program.")
        return cls(path, saved["config"])

    def read(self, name: str) -> Any:
        """Return the contents of a JSON file of the run.

        Raises:
            RunFolderError: it is absent or damaged.
        """
        return read_json(self.path / name)

    def training_run(self, name: str) -> Path:
        """Return the folder of one training run, created if absent.

        Args:
            name: parts joined by `/`, for example `full/hypermaml/0`.

        Raises:
            RunFolderError: a part is empty or has other characters than letters, digits and `_.+=,-`.
        """
        if not _NAME.fullmatch(name):
            raise RunFolderError(
                f"The training run name {name!r} is not letters, digits and _.+=,- in parts joined by /."
            )
        folder = self.path / "training-runs" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def finished(self, training_run: str | None = None) -> bool:
        """Return whether a training run, or without a name the whole run, has ended with its results written."""
        end = "summary.json" if training_run is None else f"training-runs/{training_run}/results.csv"
        return (self.path / end).exists()


@contextmanager
def open_run(path: Path, config: Mapping[str, Any], *, identity: str = "", resume: bool = False) -> Iterator[RunFolder]:
    """Create a run's folder, or with `resume` go on in it, and hold its lock while the block runs.

    Args:
        path: an absent or empty folder, or with `resume` also the folder of a run.
        config: everything that the results depend on, as JSON values; its order does not matter.
        identity: a digest of what two runs must share to be the same run, such as the settings that differ from their
            defaults; of the whole configuration by default. A setting that a later version adds does not change it.
        resume: go on with a run of the same configuration; an absent one is started.

    Raises:
        RunFolderError: the folder cannot be written, holds something else, holds a run and `resume` is false, or its
            configuration differs; the sentence names the first differing key and both values.
        RunInUse: another process works in the folder.
    """
    with ExitStack() as stack:
        try:
            if path.is_dir() and not _is_empty(path) and _read_config(path) is None:
                raise RunFolderError(
                    f"The folder {path} is not empty and holds no run: its config.json is missing, damaged or of "
                    "another program; choose another --out."
                )
            path.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(path))
            config = json.loads(json.dumps(config))
            run = _create_or_resume(path, dict(config), identity or digest(config), resume)
        except OSError as error:
            raise RunFolderError(f"Cannot write in {path}: {error.strerror}; choose another --out.") from error
        yield run


def _create_or_resume(path: Path, config: dict[str, Any], identity: str, resume: bool) -> RunFolder:
    """Create or check the run under the lock, and record the environment of this start."""
    saved = _read_config(path)
    if saved is None:
        text = json.dumps({"format": _FORMAT, "digest": identity, "config": config}, indent=1)
        write_atomic(path / "config.json", text + "\n")
    elif not resume:
        raise RunFolderError(f"The folder {path} already holds a run; go on with --resume or choose another --out.")
    elif saved["digest"] != identity:
        difference = _first_difference(saved["config"], config) or "settings whose defaults have changed since"
        raise RunFolderError(f"The run in {path} has {difference}; repeat its settings or choose another --out.")
    run = RunFolder(path, config if saved is None else saved["config"])
    if not run.finished():
        record = path / "environment.json"
        starts = read_json(record) if record.exists() else []
        write_atomic(record, json.dumps([*starts, environment()], indent=1) + "\n")
    return run


def read_json(path: Path) -> Any:
    """Return the contents of a JSON file of a run.

    Raises:
        RunFolderError: it is absent or damaged.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise RunFolderError(f"{path} is missing: give the run this file back, or go on with --resume.") from None
    except ValueError as error:
        raise RunFolderError(f"{path} is damaged: it is not JSON ({error}).") from None


def _is_empty(path: Path) -> bool:
    return {entry.name for entry in path.iterdir()} <= _LEFTOVERS


def _read_config(path: Path) -> dict[str, Any] | None:
    """Return the contents of `config.json`, or `None` where there is no run.

    Raises:
        RunFolderError: the run is of an older version.
    """
    try:
        contents = json.loads((path / "config.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    written = contents.get("format") if isinstance(contents, dict) else None
    if written in _OLDER:
        raise RunFolderError(f"{path} holds a run of hypermaml {_OLDER[written]}: only that version reads it.")
    return contents if written == _FORMAT and {"config", "digest"} <= contents.keys() else None


def _first_difference(saved: Mapping[str, Any], asked: Mapping[str, Any]) -> str | None:
    """Return `KEY = SAVED where ASKED is asked` for the first value that differs, else the first key that is missing.

    The family comes first, then the alphabet. A setting that only one side has may be a new one with a default.
    """
    return _first_value(saved, asked, "") or _first_absence(saved, asked, "")


def _shared(saved: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    return sorted(saved.keys() & asked.keys(), key=lambda key: (key != "family", key))


def _first_value(saved: Mapping[str, Any], asked: Mapping[str, Any], prefix: str) -> str | None:
    for key in _shared(saved, asked):
        if isinstance(saved[key], dict) and isinstance(asked[key], dict):
            if found := _first_value(saved[key], asked[key], f"{prefix}{key}."):
                return found
        elif saved[key] != asked[key]:
            old, new = (json.dumps(side[key], sort_keys=True) for side in (saved, asked))
            return f"{prefix}{key} = {old} where {new} is asked"
    return None


def _first_absence(saved: Mapping[str, Any], asked: Mapping[str, Any], prefix: str) -> str | None:
    for key in sorted(saved.keys() ^ asked.keys()):
        if key not in asked:
            return f"{prefix}{key}, which is not asked for"
        return f"no {prefix}{key}, which is asked for"
    parts = [key for key in _shared(saved, asked) if isinstance(saved[key], dict) and isinstance(asked[key], dict)]
    found = (_first_absence(saved[key], asked[key], f"{prefix}{key}.") for key in parts)
    return next((difference for difference in found if difference), None)
