"""Tables as spreadsheets, programs and damage write them: each ends in one sentence, or is read as it stands."""

import csv
import datetime as dt
import io
import warnings
from decimal import Decimal
from functools import partial

import numpy as np
import outcomes
import pandas as pd
import polars as pl
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_files import put
from outcomes import examples
from pyarrow import parquet

from hypermaml.data.rows import read_rows
from hypermaml.data.table.prepare import prepare
from hypermaml.data.table.question import Question
from hypermaml.data.table.read import read_table
from hypermaml.data.table.source import open_source

pytestmark = pytest.mark.faults


outcome = partial(outcomes.outcome, value="harmless")


def read(given):
    return read_table(open_source(given, name="rows", task="task"))


def family(rows, **options):
    """What `hypermaml.TableFamily` does with a table."""
    question = Question("task", "y", **options)
    return prepare(rows, None, question, shots=2, embed=lambda texts: np.zeros((len(texts), 3), np.float32))


plain = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
cells = st.one_of(
    st.sampled_from(
        [
            "",
            "NA",
            "1.5",
            "1,5",
            "1,234.5",
            "true",
            "no",
            "2024-02-30",
            "2024-02-29T10:00+01:00",
            "9999-12-31",
            "1e400",
            "0001-01-01",
            "31.12.2024",
            "a,b",
            "two\nlines",
            'a "mark"',
            "inf",
            "-0",
            "9" * 400,
            "x" * 200,
            "007",
            "\u2028",
        ]
    ),
    plain,
    st.floats().map(str),
    st.integers().map(str),
)
grids = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=8)
)


@examples(500)
@given(
    grid=grids,
    mark=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    coding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_well_written_csv_files_lose_no_row(tmp_path_factory, tally, grid, mark, end, coding):
    """Whatever Python's csv module writes has as many rows afterwards, and the same names of columns."""
    path = tmp_path_factory.mktemp("table") / "a.csv"
    text = io.StringIO()
    header = [f"c{n}" for n in range(len(grid[0]))]
    csv.writer(text, delimiter=mark, lineterminator=end).writerows([header, *grid])
    path.write_bytes(text.getvalue().encode(coding))
    table, how = outcome(lambda: read(path))
    if table is not None and list(table.columns) == header:
        assert table.rows == len(grid)
        how = "right value"
    tally("tables: CSV files", how)


noise = st.lists(
    st.sampled_from(
        [*'"""\',;\t|\n\r\0\\', '""', "a", "1", "task", "\n\n", "\ufeff", "1,5", "x" * 140_000, "\xff", "#"]
    ),
    max_size=40,
).map("".join)


@examples(500)
@given(data=st.data())
def test_badly_written_csv_files(tmp_path_factory, tally, data):
    path = tmp_path_factory.mktemp("table") / "a.csv"
    lines = ["task,x,y", *(f"{n // 5},{n},{n % 3}" for n in range(data.draw(st.sampled_from([0, 1, 20]))))]
    place = data.draw(st.integers(0, len(lines)))
    lines.insert(place, data.draw(noise))
    contents = bytearray("\n".join(lines).encode("utf-8"))
    for _ in range(data.draw(st.integers(0, 3))):
        contents[data.draw(st.integers(0, len(contents) - 1))] = data.draw(
            st.sampled_from([0, 10, 13, 34, 44, 255, 0xC3])
        )
    path.write_bytes(contents)
    tally("tables: damaged CSV files", outcome(lambda: read(path))[1])
    tally("tables: damaged CSV files", outcome(lambda: read_rows(path).numbers([0, 1, 2]))[1])
    tally("tables: damaged CSV files", outcome(lambda: family(path))[1])


N = 12
ODD = {
    "int8": lambda: pyarrow.array(np.arange(N, dtype=np.int8)),
    "uint64": lambda: pyarrow.array(np.full(N, 2**64 - 1, np.uint64)),
    "float16": lambda: pyarrow.array(np.arange(N, dtype=np.float16)),
    "nan": lambda: pyarrow.array(np.full(N, np.nan)),
    "huge": lambda: pyarrow.array(np.where(np.arange(N) % 2, 1e308, -1e308)),
    "infinite": lambda: pyarrow.array(np.where(np.arange(N) == 3, np.inf, np.arange(N))),
    "bool": lambda: pyarrow.array([True, False, None] * 4),
    "decimal": lambda: pyarrow.array([Decimal("1.5"), None] * 6),
    "decimal256": lambda: pyarrow.array([Decimal(10) ** 60] * N, pyarrow.decimal256(76, 2)),
    "string": lambda: pyarrow.array(["a", None, "1,5"] * 4),
    "large": lambda: pyarrow.array(["a", "b", ""] * 4, pyarrow.large_string()),
    "view": lambda: pyarrow.array(["a", "b", None] * 4, pyarrow.string_view()),
    "binary": lambda: pyarrow.array([b"a", b"\xff"] * 6),
    "not text": lambda: pyarrow.Array.from_buffers(pyarrow.string(), N, pyarrow.array([b"\xff"] * N).buffers()),
    "dictionary": lambda: pyarrow.array([3, 1, None] * 4).dictionary_encode(),
    "dictionary of dates": lambda: pyarrow.array([dt.date(2024, 1, 1), None] * 6).dictionary_encode(),
    "dictionary of bytes": lambda: pyarrow.array([b"\xff", None] * 6).dictionary_encode(),
    "date32": lambda: pyarrow.array(np.arange(N) * 2**27, pyarrow.int32()).cast(pyarrow.date32()),
    "date64": lambda: pyarrow.array([dt.date(9999, 12, 31), None] * 6, pyarrow.date64()),
    "far": lambda: pyarrow.array(np.full(N, 2**62)).cast(pyarrow.timestamp("ms")),
    "stamps": lambda: pyarrow.array([dt.datetime(2024, 1, 1), None] * 6, pyarrow.timestamp("s")),
    "zoned": lambda: pyarrow.array(
        [dt.datetime(2024, 1, 1, tzinfo=dt.UTC)] * N, pyarrow.timestamp("ns", "Asia/Kolkata")
    ),
    "odd zone": lambda: pyarrow.array(np.arange(N)).cast(pyarrow.timestamp("us", "Mars/Phobos")),
    "time": lambda: pyarrow.array([dt.time(1)] * N),
    "duration": lambda: pyarrow.array([dt.timedelta(1)] * N),
    "list": lambda: pyarrow.array([[1]] * N),
    "struct": lambda: pyarrow.array([{"x": 1}] * N),
    "map": lambda: pyarrow.array([[("a", 1)]] * N, pyarrow.map_(pyarrow.string(), pyarrow.int64())),
    "null": lambda: pyarrow.nulls(N),
}
PLAIN = {"task": [n // 4 for n in range(N)], "x": np.arange(N) * 0.5, "y": np.arange(N) % 5 * 1.0}
NAMES = st.sampled_from(["x", "y", "task", "more", "a.b", "", "é", "\n", "__index_level_0__", "1"])


@st.composite
def arrow_tables(draw):
    table = {name: pyarrow.array(values) for name, values in PLAIN.items()}
    for _ in range(draw(st.integers(1, 2))):
        table[draw(NAMES)] = ODD[draw(st.sampled_from(sorted(ODD)))]()
    return pyarrow.table(table)


@examples(300)
@given(table=arrow_tables())
def test_parquet_files_of_any_type(tmp_path_factory, tally, table):
    path = tmp_path_factory.mktemp("table") / "a.parquet"
    try:
        parquet.write_table(table, path)
    except pyarrow.ArrowException:
        return
    for call in (lambda: read(path), lambda: family(path), lambda: family(path, classification=True)):
        tally("tables: Parquet files of any type", outcome(call)[1])


@examples(400)
@given(table=arrow_tables(), kind=st.sampled_from(["arrow", "pandas", "polars", "columns"]))
def test_data_frames_of_any_type(tally, table, kind):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = {
                "arrow": lambda: table,
                "pandas": table.to_pandas,
                "polars": lambda: pl.from_arrow(table),
                "columns": lambda: {name: table[name].to_pandas().to_numpy() for name in table.column_names},
            }[kind]()
    except BaseException as error:  # of the package that makes the frame; polars panics beside Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        return
    tally("tables: data frames", outcome(lambda: read(frame))[1])
    tally("tables: data frames", outcome(lambda: family(frame))[1])


objects = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4), st.binary(max_size=3), st.datetimes(),
    st.dates(), st.decimals(), st.just([1]), st.just(object), st.just(2**90), st.just(pd.NaT), st.just(1j),
)  # fmt: skip


@examples(300)
@given(values=st.lists(objects, min_size=N, max_size=N), name=NAMES, as_frame=st.booleans())
def test_columns_of_any_objects(tally, values, name, as_frame):
    column = pd.Series(values, dtype=object)
    columns = {**PLAIN, name: column if as_frame else column.to_numpy()}
    given_as = pd.DataFrame(columns) if as_frame else columns
    tally("tables: data frames", outcome(lambda: read(given_as))[1])
    tally("tables: data frames", outcome(lambda: family(given_as))[1])


@pytest.fixture(scope="module")
def sound():
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table({**PLAIN, "word": ["a", "b", None] * 4}), buffer)
    return buffer.getvalue()


@examples(400)
@given(data=st.data())
def test_damaged_parquet_files(tmp_path_factory, tally, sound, data):
    path = tmp_path_factory.mktemp("table") / "a.parquet"
    contents = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(len(contents) * 3 // 4 if data.draw(st.booleans()) else 0, len(contents) - 1))
        contents[place] ^= 1 << data.draw(st.integers(0, 7))
    if not data.draw(st.integers(0, 4)):
        contents = contents[: data.draw(st.integers(0, len(contents)))]
    path.write_bytes(contents)
    tally("tables: damaged Parquet files", outcome(lambda: family(path))[1])


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "zeros", "device", "round"])
def test_what_is_not_a_regular_file(tmp_path, tally, suffix, kind):
    put(tmp_path / f"a.{suffix}", kind)
    for given_as in (tmp_path, tmp_path / f"a.{suffix}"):
        found, how = outcome(lambda given_as=given_as: read(given_as))
        assert found is None
        tally("tables: pipes, devices, files of zeros", how)


def test_a_small_parquet_file_of_very_many_rows(tmp_path, tally, monkeypatch):
    monkeypatch.setattr("hypermaml.data.table.memory.available", lambda: 1 << 30)
    path = tmp_path / "a.parquet"
    column = pyarrow.array(np.zeros(1 << 20, np.int8)).dictionary_encode()
    table = pyarrow.table({"x": column, "task": column, "y": column})
    with parquet.ParquetWriter(path, table.schema) as writer:
        for _ in range(40):
            writer.write_table(table)
    found, how = outcome(lambda: read(path))
    assert found is None
    tally("tables: files that state too much", how)
