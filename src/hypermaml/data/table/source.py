"""Where rows come from: a CSV or Parquet file, a folder with a file for each task, or a data frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from hypermaml.data.table.column import TableError, listed
from hypermaml.data.table.csv_file import CsvFile
from hypermaml.data.table.extra import load
from hypermaml.data.table.frame import Frame, is_frame
from hypermaml.data.table.parquet_file import ParquetFile

SUFFIXES = {".csv": CsvFile, ".tsv": CsvFile, ".txt": CsvFile, ".parquet": ParquetFile, ".pq": ParquetFile}


class Source(Protocol):
    """Rows that can be read more than once, in batches."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the data should know."""
        ...

    typed: ClassVar[bool]
    """Whether columns have types of their own; if not, every value is a text."""

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        """Yield the rows as record batches of Arrow with these columns."""
        ...

    def number(self, index: int) -> int:
        """Return the number of a row as a person counts."""
        ...


@dataclass(frozen=True)
class Sources:
    """One source, or the files of a folder, with equal columns.

    Attributes:
        name: for sentences.
        parts: by the name of the file, or of the frame.
        task: the column that holds the name of the file; empty where rows name their task.
    """

    name: str
    parts: Mapping[str, Source]
    task: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        own = next(iter(self.parts.values())).columns
        return (self.task, *own) if self.task else own

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the data should know."""
        return tuple(note for part in self.parts.values() for note in part.notes)

    def batches(self, columns: Sequence[str]) -> Iterator[tuple[str, Any]]:
        """Yield the name of the part and a record batch."""
        arrow = load("pyarrow")
        for name, part in self.parts.items():
            for batch in part.batches([each for each in columns if each != self.task]):
                if self.task and self.task in columns:
                    stem = arrow.array([Path(name).stem] * batch.num_rows)
                    batch = batch.append_column(arrow.field(self.task, arrow.string()), stem)
                yield name, batch


def open_source(given: Any, *, name: str, task: str = "") -> Sources:
    """Return the rows that a path or a data frame holds.

    Args:
        given: the path of a CSV or Parquet file or of a folder, or a data frame that narwhals knows.
        name: of the argument, for sentences about a frame.
        task: the column of the tasks' names; a folder's files get it.

    Raises:
        TableError: there is no such file, the file cannot be read, or it is not a table.
    """
    if isinstance(given, str | Path):
        path = Path(given).expanduser()
        if path.is_dir():
            return open_folder(path, task)
        return Sources(str(path), {str(path): open_file(path)})
    if not is_frame(given):
        raise TableError(
            f"{name} is of the type {type(given).__name__}, but it must be the path of a CSV or Parquet file or of a "
            "folder, or a data frame of pandas, polars or pyarrow"
        )
    return Sources(name, {name: Frame.open(given, name, task)})


def open_file(path: Path) -> Source:
    """Return the source of a file.

    Raises:
        TableError: there is no such file, or its suffix is of another kind.
    """
    if not path.exists():
        raise TableError(f"there is no file or folder {path}")
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise TableError(f"{path} ends in '{path.suffix}', but a table ends in {listed(list(SUFFIXES))}")
    return kind.open(path)


def open_folder(folder: Path, task: str) -> Sources:
    """Return the source of a folder with a file for each task.

    Raises:
        TableError: there is no table in it, or its files have different columns.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise TableError(f"the folder {folder} has no CSV or Parquet files, but it must have one for each task")
    stems = [path.stem for path in paths]
    twice = [stem for stem in stems if stems.count(stem) > 1]
    if twice:
        raise TableError(f"the folder {folder} has two files of the task '{twice[0]}', but a task has one")
    parts = {str(path): open_file(path) for path in paths}
    first, columns = next((name, part.columns) for name, part in parts.items())
    for name, part in parts.items():
        odd = [each for each in columns if each not in part.columns] + [e for e in part.columns if e not in columns]
        if odd:
            have, lack = (first, name) if odd[0] in columns else (name, first)
            raise TableError(f"{lack} has no column '{odd[0]}', but {have} has: all files of a folder have the same")
    if task in columns:
        raise TableError(f"{first} has a column '{task}', but in a folder the name of a file is the name of its task")
    return Sources(str(folder), parts, task)
