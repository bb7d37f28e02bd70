"""The numbers of a training run as they come: JSON lines, and the same as TensorBoard events.

`metrics.jsonl` holds only what the seed determines, so that a resumed and an undisturbed run write the same bytes. A
line is `{"iteration": 10, "loss": 0.25, ...}`; values that JSON cannot hold
are the strings "nan", "inf" and "-inf".
"""

from __future__ import annotations

import json
import math
import struct
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, cast

from hypermaml._misc.atomic import write_atomic


class MetricsLog:
    """An append-only log, one per folder; a context manager. Each call has reached the system when it returns."""

    def __init__(self, folder: Path, *, resume_at: int | None):
        """Open the log.

        Args:
            folder: created if absent.
            resume_at: the iteration of the checkpoint that training goes on from: later lines are dropped, and so is a
                line that a kill cut short. `None` starts anew and drops everything.

        Raises:
            ValueError: a line that is kept is not JSON; the sentence names the file and the line.
            OSError: the folder cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        kept = [] if resume_at is None else [row for row in read(folder) if row["iteration"] <= resume_at]
        write_atomic(_path(folder), b"".join(_line(row) for row in kept))
        if resume_at is None:
            for stale in folder.glob("events.out.tfevents.*"):
                stale.unlink()
        self._file = _path(folder).open("ab", buffering=0)
        self._events = _Events(folder, purge_step=None if resume_at is None else resume_at + 1)

    def log(self, iteration: int, values: Mapping[str, Any]) -> None:
        """Append one line of what the seed determines, and the same values as TensorBoard scalars.

        Args:
            iteration: the meta-iteration, from 0; the step on TensorBoard's axis.
            values: name -> scalar (anything that `float` takes); no name is `iteration`.
        """
        row = _row(iteration, values)
        self._file.write(_line(row))
        self._events.write(row)

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
        ValueError: another line is damaged; the sentence names the file and the line.
    """
    path = _path(folder)
    if not path.exists():
        return []
    rows = []
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        try:
            row = json.loads(line)
            rows.append(_row(row.pop("iteration"), row))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ValueError(f"Line {number} of {path} is damaged: not a line of metrics.") from None
    return rows


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
        names = (folder / f"events.out.tfevents.{session:06d}" for session in count())
        self._file = next(name for name in names if not name.exists()).open("xb", buffering=0)
        self._append(file_version="brain.Event:2")
        if purge_step is not None:
            self._append(step=purge_step, session_log=event.SessionLog(status=event.SessionLog.START))

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
        self._file.write(length + checksums[0] + data + checksums[1])


def _row(iteration: int, values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(iteration=int(iteration), **{name: float(value) for name, value in values.items()})


def _line(row: Mapping[str, Any]) -> bytes:
    written = {name: value if math.isfinite(value) else str(value) for name, value in row.items()}
    return json.dumps(written, allow_nan=False).encode() + b"\n"


def _path(folder: Path) -> Path:
    return folder / "metrics.jsonl"
