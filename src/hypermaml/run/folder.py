"""The folder of a run: who may write in it, which configuration it belongs to, and what in it is finished.

config.json        the format and the whole configuration
environment.json   one record per start: versions, device, command
lock               held while a process works in the folder
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
from hypermaml.run.environment import environment
from hypermaml.run.lock import locked

_FORMAT = "hypermaml run 1"
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
            RunFolderError: the folder holds no run.
        """
        config = _read_config(path)
        if config is None:
            raise RunFolderError(f"{path} holds no run: its config.json is missing, damaged or of another program.")
        return cls(path, config)

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
def open_run(path: Path, config: Mapping[str, Any], *, resume: bool = False) -> Iterator[RunFolder]:
    """Create a run's folder, or with `resume` go on in it, and hold its lock while the block runs.

    Args:
        path: an absent or empty folder, or with `resume` also the folder of a run.
        config: everything that the results depend on, made of what JSON holds; its order does not matter.
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
            run = _create_or_resume(path, json.loads(json.dumps(config)), resume)
        except OSError as error:
            raise RunFolderError(f"Cannot write in {path}: {error.strerror}; choose another --out.") from error
        yield run


def _create_or_resume(path: Path, config: dict[str, Any], resume: bool) -> RunFolder:
    """Settle under the lock what the folder is, and record the environment of this start."""
    saved = _read_config(path)
    if saved is None:
        text = json.dumps({"format": _FORMAT, "config": config}, indent=1, sort_keys=True)
        write_atomic(path / "config.json", text + "\n")
    elif not resume:
        raise RunFolderError(f"The folder {path} already holds a run; go on with --resume or choose another --out.")
    elif difference := _first_difference(saved, config):
        raise RunFolderError(f"The run in {path} has {difference}; repeat its settings or choose another --out.")
    run = RunFolder(path, config)
    if not run.finished():
        record = path / "environment.json"
        starts = read_json(record) if record.exists() else []
        write_atomic(record, json.dumps([*starts, environment()], indent=1) + "\n")
    return run


def read_json(path: Path) -> Any:
    """What a file of a run holds.

    Raises:
        RunFolderError: it is damaged.
    """
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise RunFolderError(f"{path} is damaged: it is no JSON ({error}).") from None


def _is_empty(path: Path) -> bool:
    return {entry.name for entry in path.iterdir()} <= _LEFTOVERS


def _read_config(path: Path) -> dict[str, Any] | None:
    """Return the configuration of the run in `path`, or `None` where there is no run."""
    try:
        contents = json.loads((path / "config.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return contents["config"] if isinstance(contents, dict) and contents.get("format") == _FORMAT else None


def _first_difference(saved: Mapping[str, Any], asked: Mapping[str, Any], prefix: str = "") -> str | None:
    """Return `KEY = SAVED where ASKED is asked` for the first key whose values differ: the family, then by alphabet."""
    for key in sorted(saved.keys() | asked.keys(), key=lambda key: (key != "family", key)):
        if key not in asked:
            return f"{prefix}{key}, which is not asked for"
        if key not in saved:
            return f"no {prefix}{key}, which is asked for"
        old, new = (json.dumps(side[key], sort_keys=True) for side in (saved, asked))
        if old != new:
            if isinstance(saved.get(key), dict) and isinstance(asked.get(key), dict):
                return _first_difference(saved[key], asked[key], f"{prefix}{key}.")
            return f"{prefix}{key} = {old} where {new} is asked"
    return None
