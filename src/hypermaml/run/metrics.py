"""The numbers of a training run as they come: JSON lines, and the same as TensorBoard events.

`metrics.jsonl` holds only what the seed determines, so that a resumed and an undisturbed run write the same bytes. A
line is `{"iteration": 10, "loss": 0.25, ...}`; values that JSON cannot hold
are the strings "nan", "inf" and "-inf".
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, cast

from hypermaml._misc.atomic import write_atomic, write_whole
from hypermaml._misc.read import parse_json, read_bytes
from hypermaml.run.checksums import RunFolderError

NAME, EVENTS = "metrics.jsonl", "events.out.tfevents."


class MetricsLog:
    """An append-only log, one per folder; a context manager. Each call has reached the system when it returns."""

    def __init__(self, folder: Path, *, resume_at: int | None, mark: Mapping[str, Any] | None = None):
        """Open the log.

        Args:
            folder: created if absent.
            resume_at: the iteration of the checkpoint that training goes on from: later lines are dropped, and so is a
                line that a kill cut short. `None` starts anew and drops everything.
            mark: what `mark` gave for this checkpoint; the lines up to it are proven.

        Raises:
            RunFolderError: a line that is kept has changed; the sentence names the file.
            OSError: the disk is full, or the folder cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / NAME
        kept = b"" if resume_at is None else _kept(self._path, resume_at, mark)
        write_atomic(self._path, kept)
        self._hash, self._size = hashlib.sha256(kept), len(kept)
        if resume_at is None:
            for stale in folder.glob(f"{EVENTS}*"):
                stale.unlink()
        self._file = self._path.open("ab", buffering=0)
        try:
            self._events = _Events(folder, purge_step=None if resume_at is None else resume_at + 1)
        except OSError:
            self._file.close()
            raise

    def log(self, iteration: int, values: Mapping[str, Any]) -> None:
        """Append one line of what the seed determines, and the same values as TensorBoard scalars.

        Args:
            iteration: the meta-iteration, from 0; the step on TensorBoard's axis.
            values: name -> scalar (anything that `float` takes); no name is `iteration`.

        Raises:
            OSError: the disk is full, or the system refuses.
        """
        row = _row(iteration, values)
        line = _line(row)
        write_whole(self._file, line, self._path)
        self._hash.update(line)
        self._size += len(line)
        self._events.write(row)

    def mark(self) -> dict[str, Any]:
        """Flush the log to the disk, and return the size and SHA-256 of what it holds, which a checkpoint keeps."""
        os.fsync(self._file.fileno())
        return {"size": self._size, "sha256": self._hash.hexdigest()}

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        self._events.close()

    def __enter__(self) -> MetricsLog:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def read(folder: Path) -> list[dict[str, Any]]:
    """Read a log, also one that is being written.

    Args:
        folder: the folder of a `MetricsLog`; an absent log has no lines.

    Returns:
        A dictionary per line: `iteration` as an integer, everything else as a float. A last line without its line end
        is the trace of a kill and left out.

    Raises:
        RunFolderError: another line is damaged; the sentence names the file and the line.
    """
    path = folder / NAME
    return rows_in(_bytes(path), path) if path.exists() else []


def rows_in(contents: bytes, path: Path) -> list[dict[str, Any]]:
    """Return the rows of a log's contents; see `read`.

    Args:
        contents: of the file.
        path: of the file, for the error.

    Raises:
        RunFolderError: a line is damaged.
    """
    rows = []
    for number, line in enumerate(contents.split(b"\n")[:-1], start=1):
        try:
            row = parse_json(line, str(path))
            rows.append(_row(row.pop("iteration"), row))
        except (ValueError, TypeError, KeyError):
            raise RunFolderError(f"Line {number} of {path} is damaged: not a line of metrics.") from None
    return rows


def _kept(path: Path, resume_at: int, mark: Mapping[str, Any] | None) -> bytes:
    """Return the lines up to a checkpoint, proven by its mark where it has one."""
    contents = _bytes(path) if path.exists() else b""
    if mark is None:
        return b"".join(_line(row) for row in rows_in(contents, path) if row["iteration"] <= resume_at)
    kept = contents[: mark["size"]]
    if hashlib.sha256(kept).hexdigest() != mark["sha256"]:
        raise RunFolderError(
            f"{path} is damaged: its lines up to iteration {resume_at:,} are not those of the checkpoint; delete "
            f"{path.parent}, and --resume makes this training run again"
        )
    return kept


def _bytes(path: Path) -> bytes:
    try:
        return read_bytes(path, what="a log of metrics", limit=1 << 40)
    except ValueError as error:
        raise RunFolderError(str(error)) from None


class _Events:
    """A TensorBoard event file, written record by record.

    tensorboardX's own writer hands the records to a thread, so a kill loses some, and puts the host's name into the
    file's name.
    """

    def __init__(self, folder: Path, *, purge_step: int | None):
        from tensorboardX.proto import event_pb2, summary_pb2
        from tensorboardX.record_writer import masked_crc32c

        event, summary = cast(tuple[Any, Any], (event_pb2, summary_pb2))  # their classes are made at import
        self._event, self._summary, self._checksum = event.Event, summary.Summary, masked_crc32c
        # One file per session; readers take them in the order of their names.
        names = (folder / f"{EVENTS}{session:06d}" for session in count())
        self._path = next(name for name in names if not name.exists())
        self._file = self._path.open("xb", buffering=0)
        try:
            self._append(file_version="brain.Event:2")
            if purge_step is not None:
                self._append(step=purge_step, session_log=event.SessionLog(status=event.SessionLog.START))
        except OSError:
            self.close()
            raise

    def write(self, row: Mapping[str, float]) -> None:
        """Write one event: its step is the first entry of the row, `iteration`, its scalars are the others."""
        scalars = [self._summary.Value(tag=name, simple_value=value) for name, value in list(row.items())[1:]]
        self._append(step=int(row["iteration"]), summary=self._summary(value=scalars))

    def close(self) -> None:
        self._file.close()

    def _append(self, **fields: Any) -> None:
        data = self._event(wall_time=time.time(), **fields).SerializeToString()
        length = struct.pack("<Q", len(data))
        checksums = [struct.pack("<I", self._checksum(part)) for part in (length, data)]
        write_whole(self._file, length + checksums[0] + data + checksums[1], self._path)


def _row(iteration: int, values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(iteration=int(iteration), **{name: float(value) for name, value in values.items()})


def _line(row: Mapping[str, Any]) -> bytes:
    written = {name: value if math.isfinite(value) else str(value) for name, value in row.items()}
    return json.dumps(written, allow_nan=False).encode() + b"\n"
