"""Read files that others wrote: regular files alone, no larger than expected, and JSON and CSV that are what they seem.

Every fault is a `ValueError` of one sentence that names the file and says what it must be.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import stat
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

LIMIT = 1 << 28  # bytes of a text file
DEPTH = 100  # of lists and objects in each other
_NAMES = {dict: "an object {…}", list: "a list […]", str: "a text", int: "a number", float: "a number"}
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


@contextmanager
def opened(path: Path, *, what: str = "a file", limit: int | None = None) -> Iterator[io.BufferedReader]:
    """Open a regular file to read its bytes; a named pipe or a device is refused and not waited for.

    Args:
        path: of the file, or of a link to one.
        what: it must be, as a noun with its article: "a table".
        limit: the number of bytes it may have; any by default.

    Raises:
        ValueError: there is no such file, it is not a regular file, it is too large, or it cannot be opened.
    """
    try:
        _check_status(path, path.stat(), what, limit)
        # What has the name may have changed since, so the open file is looked at again.
        file = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb")
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist, but it must be {what}") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}; it must be {what}") from None
    except ValueError as error:
        if "null" in str(error):
            raise ValueError(f"{str(path)!r} is not the name of a file; give the path of {what}") from None
        raise
    with file:
        _check_status(path, os.fstat(file.fileno()), what, limit)
        yield file


def read_bytes(path: Path, *, what: str = "a file", limit: int = LIMIT) -> bytes:
    """Return the bytes of a regular file.

    Args:
        path: of the file, or of a link to one.
        what: it must be, as a noun with its article.
        limit: the number of bytes it may have.

    Raises:
        ValueError: there is no such file, it is not a regular file, it is too large, or it cannot be read.
    """
    with opened(path, what=what, limit=limit) as file:
        try:
            # No more than the file has is asked for, which would be allocated; some files of the system tell no size.
            contents = file.read(min(limit, os.fstat(file.fileno()).st_size) + 1)
            while len(contents) <= limit and (block := file.read(min(limit + 1 - len(contents), 1 << 20))):
                contents += block
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror}; it must be {what}") from None
    _check_size(path, len(contents), what, limit)
    return contents


def read_text(
    path: Path, *, what: str = "a text file", limit: int = LIMIT, encodings: Sequence[str] = ("utf-8",)
) -> str:
    """Return the text of a regular file.

    Args:
        path: of the file, or of a link to one.
        what: it must be, as a noun with its article.
        limit: the number of bytes it may have.
        encodings: that it may have; the first that fits is taken.

    Raises:
        ValueError: as `read_bytes`, or the file is not text in one of these encodings.
    """
    return text_of(read_bytes(path, what=what, limit=limit), str(path), what=what, encodings=encodings)


def read_json(
    path: Path,
    *,
    what: str = "a JSON file",
    limit: int = LIMIT,
    kind: type | tuple[type, ...] = dict,
    finite: bool = True,
) -> Any:
    """Return what a JSON file holds.

    Args:
        path: of the file, or of a link to one.
        what: it must be, as a noun with its article.
        limit: the number of bytes it may have.
        kind: of the whole value: `dict` for an object, `list` for a list.
        finite: whether NaN and infinity are refused.

    Raises:
        ValueError: as `read_text`, or the file is not such JSON; see `parse_json`.
    """
    return parse_json(read_bytes(path, what=what, limit=limit), str(path), what=what, kind=kind, finite=finite)


def read_csv_rows(
    path: Path, columns: Sequence[str], *, what: str = "a CSV file", limit: int = LIMIT
) -> list[dict[str, str]]:
    """Return the rows of a CSV file with a header, each by the names of its columns.

    Args:
        path: of the file, or of a link to one.
        columns: that the header must name, in this order.
        what: it must be, as a noun with its article.
        limit: the number of bytes it may have.

    Raises:
        ValueError: as `read_text`, the header has other columns, a row has more or fewer cells than the header, or a
            quotation mark is not closed.
    """
    return parse_csv(read_text(path, what=what, limit=limit), columns, str(path), what=what)


def parse_csv(text: str, columns: Sequence[str], place: str, *, what: str = "a CSV file") -> list[dict[str, str]]:
    """Return the rows of CSV text with a header, each by the names of its columns; see `read_csv_rows`.

    Args:
        text: of the table.
        columns: that the header must name, in this order.
        place: where it is, which begins the error.
        what: it must be, as a noun with its article.

    Raises:
        ValueError: the text is not such a table.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header, rows = next(reader, []), []
        if header != list(columns):
            raise ValueError(f"{place} has other columns than {', '.join(columns)}, so it is not {what}")
        for cells in reader:
            if len(cells) != len(columns):
                where = f"{place}, line {reader.line_num}"
                raise ValueError(f"{where}: the row has {len(cells)} cells, but the header has {len(columns)}")
            rows.append(dict(zip(columns, cells, strict=True)))
    except csv.Error as error:
        raise ValueError(f"{place}, line {reader.line_num}: {error}; it must be {what}") from None
    return rows


def text_of(contents: bytes, place: str, *, what: str = "a text file", encodings: Sequence[str] = ("utf-8",)) -> str:
    """Return bytes as text.

    Args:
        contents: the bytes.
        place: where they are, which begins the error.
        what: they must be, as a noun with its article.
        encodings: that they may have; the first that fits is taken.

    Raises:
        ValueError: none fits.
    """
    first = None
    for encoding in encodings:
        try:
            return contents.decode(encoding)
        except UnicodeError as error:
            first = first or error
    where = f" (byte {first.start + 1})" if isinstance(first, UnicodeDecodeError) else ""
    names = " or ".join(encoding.upper() for encoding in encodings)
    raise ValueError(f"{place} is not text in {names}{where}, but it must be {what}")


def parse_json(
    contents: bytes | str,
    place: str,
    *,
    what: str = "JSON",
    kind: type | tuple[type, ...] = dict,
    finite: bool = True,
) -> Any:
    """Return the value of JSON text that others wrote.

    Args:
        contents: the text, in UTF-8 where it is bytes.
        place: where it is, which begins the error: a path, or a path with a line.
        what: it must be, as a noun with its article.
        kind: of the whole value: `dict` for an object, `list` for a list.
        finite: whether NaN and infinity are refused.

    Raises:
        ValueError: it is not JSON, a key stands twice, it is nested too deep, an integer has more than 64 bits, a
            number is not finite, a text holds half of a surrogate pair, or the value is of another kind.
    """
    text = contents if isinstance(contents, str) else text_of(contents, place, what=what)

    def refuse(fault: str) -> NoReturn:
        raise ValueError(f"{place} {fault}, but it must be {what}")

    def integer(digits: str) -> int:
        if len(digits) > 20 or not -(1 << 63) <= int(digits) < 1 << 64:
            refuse(f"holds the integer {digits[:20]}{'…' if len(digits) > 20 else ''}, which has more than 64 bits")
        return int(digits)

    def number(digits: str) -> float:
        value = float(digits)
        return value if math.isfinite(value) or not finite else constant(digits[:20])

    def constant(name: str) -> float:
        if finite:
            refuse(f"holds {name}, which is not a finite number")
        return float(name)

    def pairs(entries: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(values := dict(entries)) < len(entries):
            names = [name for name, _ in entries]
            refuse(f"has the key {next(name for name in names if names.count(name) > 1)!r} twice in one object")
        return values

    try:
        value = json.loads(
            text, parse_int=integer, parse_float=number, parse_constant=constant, object_pairs_hook=pairs
        )
    except json.JSONDecodeError as error:
        how = (
            "is empty" if not text.strip() else f"is not JSON ({error.msg}, line {error.lineno}, column {error.colno})"
        )
        refuse(how)
    except RecursionError:
        refuse(f"is nested deeper than {DEPTH} levels")
    _check_depth(value, refuse)
    if re.search(r"\\u[dD][89a-fA-F]", text) or re.search("[\ud800-\udfff]", text):
        _check_texts(value, refuse)
    wanted = kind if isinstance(kind, tuple) else (kind,)
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        refuse(f"does not hold {' or '.join(_NAMES[each] for each in wanted)}")
    return value


def read_member(
    archive: zipfile.ZipFile, name: str, *, what: str = "a file of an archive", limit: int = LIMIT
) -> bytes:
    """Return the bytes of a file in a zip archive, without unpacking more than is expected.

    Args:
        archive: that is open.
        name: of the file.
        what: it must be, as a noun with its article.
        limit: the number of bytes it may have once it is unpacked.

    Raises:
        ValueError: there is no such file, it is encrypted, damaged, or too large.
    """
    place = f"{archive.filename}: {name}"
    try:
        entry = archive.getinfo(name)
    except KeyError:
        raise ValueError(f"{archive.filename} has no {name}, but it must hold {what}") from None
    if entry.flag_bits & 1:
        raise ValueError(f"{place} is encrypted; give {what} without a password")
    _check_size(place, entry.file_size, what, limit)
    try:
        with archive.open(entry) as file:
            contents = file.read(limit + 1)
    except Exception as error:  # each kind of compression has its own errors
        raise ValueError(f"{place} is damaged ({error}); it must be {what}") from None
    _check_size(place, len(contents), what, limit)
    return contents


def _check_status(path: Path, status: os.stat_result, what: str, limit: int | None) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "a special file")
        raise ValueError(f"{path} is {kind}, but it must be {what}")
    _check_size(path, status.st_size, what, limit)


def _check_size(place: Path | str, size: int, what: str, limit: int | None) -> None:
    if limit is not None and size > limit:
        raise ValueError(f"{place} has {size:,} bytes or more, but {what} may have at most {limit:,}")


def _check_depth(value: Any, refuse: Any) -> None:
    level = [value]
    for _ in range(DEPTH + 1):
        level = [
            part
            for each in level
            if isinstance(each, dict | list)
            for part in (each.values() if isinstance(each, dict) else each)
            if isinstance(part, dict | list)
        ]
        if not level:
            return
    refuse(f"is nested deeper than {DEPTH} levels")


def _check_texts(value: Any, refuse: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start : error.start + 1].encode("ascii", "backslashreplace").decode()
        refuse(f"holds {half}, half of a surrogate pair, which is not text")
