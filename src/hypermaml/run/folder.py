"""The folder of a run: who may write in it, which configuration it belongs to, and what in it is finished.

config.json          the format, the whole configuration, and a digest of what decides the results
environment.json     one entry for each start: versions, device, command
record.json, references/           facts for the report: see `hypermaml._compare.record`
manifest.json        the SHA-256 of the files of the folder: see `hypermaml.run.checksums`
lock                 held while a process works in the folder
training-runs/NAME/  one training run each, with a manifest; results.csv, written last, says that it is finished
results.csv, summary.json, tables, plots           summary.json, written last, says that the run is finished
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypermaml._misc.atomic import is_full, write_atomic
from hypermaml._misc.digest import digest
from hypermaml._misc.read import parse_json, read_bytes
from hypermaml.run import checksums
from hypermaml.run.checksums import RunFolderError
from hypermaml.run.environment import environment
from hypermaml.run.lock import locked

__all__ = ["FILES", "RESULTS", "SUMMARY", "RunFolder", "RunFolderError", "UnverifiedRun", "open_run"]

_FORMAT = "hypermaml run with checksums"
_BEFORE = "hypermaml run 2"  # of 0.2.0 while it was being made: without checksums
_OLDER = {"hypermaml run 1": "0.1"}  # by format, the version that reads it
_LEFTOVERS = {"lock", ".config.json.tmp"}  # what a kill before the first write of config.json leaves
_NAME = re.compile(r"\w[\w.+=,-]*(/\w[\w.+=,-]*)*", re.ASCII)
_TRAINING_RUNS = "training-runs"
RESULTS, SUMMARY = "results.csv", "summary.json"
FILES = "files"  # in a configuration: the files that the run reads, each with its path and its SHA-256


class UnverifiedRun(UserWarning):
    """A run was made before runs had checksums."""


@dataclass(frozen=True)
class RunFolder:
    """An existing run.

    Attributes:
        path: the folder.
        config: the configuration that the run was created with, as read from JSON.
        verified: whether its files have checksums.
    """

    path: Path
    config: dict[str, Any]
    verified: bool = True

    @classmethod
    def load(cls, path: Path) -> RunFolder:
        """Open a run to read it, finished or not, without the lock.

        Raises:
            RunFolderError: the folder holds no run, or a run of an older version, or its manifest is missing.

        Warns:
            UnverifiedRun: the run was made before runs had checksums.
        """
        saved = _read_config(path)
        if saved is None:
            raise RunFolderError(f"{path} holds no run: its config.json is missing, damaged or of another program.")
        verified = saved["format"] == _FORMAT
        if verified and (path / "environment.json").exists():  # which is listed before it is written
            try:
                checksums.check_list(path)
            except RunFolderError as error:
                raise RunFolderError(f"{error}; the command of the run with --resume writes it again") from None
        if not verified:
            warnings.warn(
                f"{path} was made before runs had checksums, so a damaged file may not be noticed",
                UnverifiedRun,
                stacklevel=2,
            )
        return cls(path, saved["config"], verified)

    def read(self, name: str, *, training_run: str | None = None) -> bytes:
        """Return the bytes of a file of the run, proven to be whole.

        Args:
            name: of the file.
            training_run: that the file belongs to; it belongs to the whole run by default.

        Raises:
            RunFolderError: it is missing or damaged; the sentence names it, and what mends the run.
        """
        folder = self.path if training_run is None else self.path / _TRAINING_RUNS / training_run
        if not self.verified:
            try:
                return read_bytes(folder / name, what="a file of a run", limit=1 << 40)
            except ValueError as error:
                raise RunFolderError(str(error)) from None
        try:
            return checksums.read(folder, name)
        except RunFolderError as error:
            raise RunFolderError(f"{error}; {self._remedy(folder)}") from None

    def read_json(self, name: str, *, training_run: str | None = None, kind: type = dict) -> Any:
        """Return the contents of a JSON file of the run, proven to be whole; see `read`.

        Raises:
            RunFolderError: it is missing or damaged, or does not hold such a value.
        """
        folder = self.path if training_run is None else self.path / _TRAINING_RUNS / training_run
        try:
            return parse_json(self.read(name, training_run=training_run), str(folder / name), kind=kind)
        except RunFolderError:
            raise
        except ValueError as error:
            raise RunFolderError(f"{folder / name} is damaged: {error}; {self._remedy(folder)}") from None

    def has(self, name: str) -> bool:
        """Return whether the run has a file of this name.

        Raises:
            RunFolderError: the manifest says so, but the file is missing.
        """
        return checksums.is_listed(self.path, name) if self.verified else (self.path / name).exists()

    def check(self, training_run: str | None = None, among: Callable[[str], bool] = lambda name: True) -> None:
        """Check every file of the run, or of one training run, that has a checksum; those of training runs apart.

        Args:
            training_run: whose files; those of the whole run by default.
            among: whether a file of this name is checked; every one is by default.

        Raises:
            RunFolderError: one is missing or damaged.
        """
        folder = self.path if training_run is None else self.path / _TRAINING_RUNS / training_run
        try:
            checksums.check(folder, among)
        except RunFolderError as error:
            raise RunFolderError(f"{error}; {self._remedy(folder)}") from None

    def write(self, name: str, contents: str | bytes) -> None:
        """Write a file of the run, with its checksum.

        Raises:
            RunFolderError: the manifest is damaged.
            OSError: the system refuses.
        """
        if self.verified:
            checksums.write(self.path, name, contents)
        else:
            write_atomic(self.path / name, contents)

    def replace(self, files: Mapping[str, bytes], among: Callable[[str], bool]) -> None:
        """Write files in the places of others, such as those of a report, with their checksums.

        Args:
            files: by name, in the order in which they are written.
            among: whether a file of this name, of which there is no new one, is obsolete; such a file is deleted.

        Raises:
            RunFolderError: the manifest is damaged.
            OSError: the system refuses.
        """
        if self.verified:
            checksums.replace(self.path, files, among)
        else:
            for name, contents in files.items():
                (self.path / name).parent.mkdir(exist_ok=True)
                write_atomic(self.path / name, contents)

    def _remedy(self, folder: Path) -> str:
        if folder != self.path:
            return f"delete {folder} and {self.path / SUMMARY}, and --resume makes this training run again"
        if self.finished():
            return f"give the run this file back; `hypermaml report {self.path}` writes the tables and plots again"
        return "give the run this file back, or choose another --out"

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
        folder = self.path / _TRAINING_RUNS / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def finished(self, training_run: str | None = None) -> bool:
        """Return whether a training run, or without a name the whole run, has ended with its results written."""
        if training_run is not None:
            return (self.path / _TRAINING_RUNS / training_run / RESULTS).exists()
        return self.has(SUMMARY)


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
            config = _readable(config, path)
            run = _create_or_resume(path, dict(config), identity or digest(config), resume)
        except OSError as error:
            if is_full(error):
                raise
            raise RunFolderError(f"Cannot write in {path}: {error.strerror}; choose another --out.") from error
        yield run


def _create_or_resume(path: Path, config: dict[str, Any], identity: str, resume: bool) -> RunFolder:
    """Create or check the run under the lock, and record the environment of this start."""
    saved = _read_config(path)
    if saved is None:
        write_atomic(path / "config.json", checksums.render({"format": _FORMAT, "digest": identity, "config": config}))
    elif not resume:
        raise RunFolderError(f"The folder {path} already holds a run; go on with --resume or choose another --out.")
    elif saved["format"] != _FORMAT:
        raise RunFolderError(
            f"The run in {path} was made before runs had checksums, and this version cannot go on with it; choose "
            "another --out."
        )
    elif saved["digest"] != identity:
        if changed := _changed_file(saved["config"].get(FILES), config.get(FILES)):
            raise RunFolderError(
                f"{changed} since the run in {path} began; give it its contents back, or choose another --out."
            )
        difference = _first_difference(saved["config"], config) or "settings whose defaults have changed since"
        raise RunFolderError(f"The run in {path} has {difference}; repeat its settings or choose another --out.")
    run = RunFolder(path, config if saved is None else saved["config"])
    if not run.finished():
        starts = run.read_json("environment.json", kind=list) if run.has("environment.json") else []
        run.write("environment.json", json.dumps([*starts, environment()], indent=1) + "\n")
    return run


def _readable(config: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return the configuration as it is read again."""
    try:
        return parse_json(json.dumps(config).encode(), "the configuration", finite=False)
    except ValueError as error:
        raise RunFolderError(f"No run can be made in {path}: {error}; give files names that are UTF-8.") from None


def _changed_file(saved: Any, asked: Any) -> str:
    """Return which of the files that a run reads has changed; empty where none has, or another one is asked for."""
    if not isinstance(saved, dict) or not isinstance(asked, dict):
        return ""
    for name in sorted(saved.keys() & asked.keys()):
        old, new = saved[name], asked[name]
        if old["sha256"] != new["sha256"] and old["path"] == new["path"]:
            return f"{new['path']}, which --{name.replace('_', '-')} names, has changed"
    return ""


def _is_empty(path: Path) -> bool:
    return {entry.name for entry in path.iterdir()} <= _LEFTOVERS


def _read_config(path: Path) -> dict[str, Any] | None:
    """Return the contents of `config.json`, or `None` where there is no run.

    Raises:
        RunFolderError: the run is of an older version, or the file is damaged.
    """
    place = path / "config.json"
    try:
        raw = read_bytes(place, what="the configuration of a run")
        contents = parse_json(raw, str(place))
    except ValueError:
        return None
    written = contents.get("format")
    if not isinstance(written, str):
        return None
    if written in _OLDER:
        raise RunFolderError(f"{path} holds a run of hypermaml {_OLDER[written]}: only that version reads it.")
    if "sha256" in contents and {"config", "digest"} & contents.keys():
        try:
            checksums.proven(raw, str(place))
        except ValueError as error:
            raise RunFolderError(f"{error}; give the run this file back, or choose another --out.") from None
    known = written in (_FORMAT, _BEFORE) and {"config", "digest"} <= contents.keys()
    return contents if known and isinstance(contents["config"], dict) else None


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
