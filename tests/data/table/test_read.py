"""Files as people write them: each way that is read, and each that is one sentence with file, row and column."""

import datetime as dt
import os
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from hypermaml.data.table import infer
from hypermaml.data.table.column import Table
from hypermaml.data.table.read import read_table
from hypermaml.data.table.source import open_source


def read(given, name="rows.csv", folder: Path | None = None, encoding="utf-8", **options) -> Table:
    """The table of a text, of a path or of a frame."""
    if isinstance(given, str) and folder is not None:
        path = folder / name
        path.write_bytes(given.encode(encoding))
        given = path
    return read_table(open_source(given, name="rows", task="task"), **options)


def values(table: Table, name: str) -> list:
    column = table.columns[name]
    shown = [None if missing else value for missing, value in zip(column.missing, column.values, strict=True)]
    return [column.levels[value] if column.coded and value is not None else value for value in shown]


PLAIN = "task,x,kind\na,1.5,red\nb,2,blue\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (PLAIN, "utf-8"),
        (PLAIN, "utf-8-sig"),
        (PLAIN, "utf-16"),
        (PLAIN.replace("\n", "\r\n"), "utf-8-sig"),
        (PLAIN.replace(",", ";").replace(".", ","), "utf-8"),
        (PLAIN.replace(",", "\t"), "utf-8"),
        (PLAIN.replace(",", "|"), "utf-8"),
        (PLAIN.replace("1.5", '"1,5"'), "utf-8"),
        (PLAIN.replace("a,", '"a",').replace("task", ' "task"'.strip()), "utf-8"),
        ("\n" + PLAIN.replace("b,", "\nb,") + "\n\n", "utf-8"),
        ("task,x,kind\n a , 1.5, red\nb,2 ,blue", "utf-8"),
    ],
)
def test_each_way_to_write_a_csv_file_is_read(text, encoding, tmp_path):
    table = read(text, folder=tmp_path, encoding=encoding)
    assert list(table.columns) == ["task", "x", "kind"]
    assert [table.columns[name].kind for name in table.columns] == ["category", "number", "category"]
    assert values(table, "x") == [1.5, 2.0]
    assert values(table, "kind") == ["red", "blue"]


def test_latin_1_is_read(tmp_path):
    table = read("task;größe\nMünchen;1,5\nKöln;2\n", folder=tmp_path, encoding="latin-1")
    assert values(table, "task") == ["München", "Köln"]
    assert values(table, "größe") == [1.5, 2.0]
    assert table.notes == ("'größe' has decimal commas",)


def test_kinds_are_inferred_from_all_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("hypermaml.data.table.csv_file.BLOCK", 512)  # many batches
    words = "a sentence of more than thirty characters, number"
    head = "n,late,c,flag,day,german,time,text,empty"
    rows = [
        f"{i},{i if i < 80 else f'odd {i}'},{'ab'[i % 2]},{['true', 'False'][i % 2]},2024-02-{i % 28 + 1:02},"
        f"{i % 28 + 1}.2.2024,2024-02-01T{i % 24:02}:00:00+01:00,{words} {i},"
        for i in range(100)
    ]
    table = read("\n".join([head, *(row.replace(", number", " number") for row in rows)]), folder=tmp_path)
    kinds = {name: column.kind for name, column in table.columns.items()}
    assert kinds == {
        "n": "number",
        "late": "category",
        "c": "category",
        "flag": "boolean",
        "day": "date",
        "german": "date",
        "time": "date",
        "text": "text",
        "empty": "category",
    }
    np.testing.assert_array_equal(table.columns["n"].values, np.arange(100))
    np.testing.assert_array_equal(table.columns["day"].values, table.columns["german"].values)
    assert table.columns["day"].values[0] == (dt.date(2024, 2, 1) - dt.date(2000, 1, 1)).days
    assert table.columns["time"].values[0] == (dt.date(2024, 2, 1) - dt.date(2000, 1, 1)).days - 1 / 24  # UTC
    assert values(table, "flag")[:2] == [1.0, 0.0]
    assert values(table, "empty") == [None] * 100
    assert table.place(99).endswith("rows.csv, row 101")


def test_a_kind_can_be_given(tmp_path):
    table = read("task,region\na,07\nb,12\n", folder=tmp_path, kinds={"region": "category"})
    assert values(table, "region") == ["07", "12"]


def test_names_of_tasks_stay_as_they_are_written(tmp_path):
    table = read("task,x\n007,1\n12,2\n", folder=tmp_path, names=["task"])
    assert values(table, "task") == ["007", "12"]


def test_missing_values_are_missing_whatever_they_are_called(tmp_path):
    table = read("x,c\n1,a\n,\nNA,n/a\nNaN,null\n", folder=tmp_path)
    assert values(table, "x") == [1.0, None, None, None]
    assert values(table, "c") == ["a", None, None, None]


def test_a_row_is_counted_as_a_spreadsheet_counts_it(tmp_path):
    assert read('x,c\n1,"two\nlines"\n\n3,d\n', folder=tmp_path).place(1).endswith("row 4")
    assert read("x,c\n1,a\n3,d\n", folder=tmp_path).place(1).endswith("row 3")
    assert read(pd.DataFrame({"x": [1, 2]})).place(1) == "rows, row 2"


def test_frames_of_each_package_are_read_alike():
    columns = {
        "x": [1, 2, None],
        "c": ["a", None, "b"],
        "flag": [True, False, None],
        "day": [dt.date(2024, 1, 1), None, dt.date(2024, 1, 2)],
    }
    tables = [read(frame) for frame in (pd.DataFrame(columns), pl.DataFrame(columns), pl.DataFrame(columns).to_arrow())]
    for table in tables:
        assert [column.kind for column in table.columns.values()] == ["number", "category", "boolean", "date"]
        assert [values(table, name) for name in table.columns] == [values(tables[0], name) for name in table.columns]


def test_a_declared_category_of_numbers_stays_a_category():
    table = read(pd.DataFrame({"c": pd.Categorical([3, 1, 3])}))
    assert table.columns["c"].kind == "category"
    assert values(table, "c") == ["3", "1", "3"]


def test_a_folder_has_a_file_for_each_task(tmp_path):
    (tmp_path / "b.csv").write_text("x;y\n1,5;2\n")
    (tmp_path / "a.tsv").write_text("x\ty\n2\t3\n4\t5\n")
    table = read(tmp_path)
    assert values(table, "task") == ["a", "a", "b"]
    assert values(table, "x") == [2.0, 4.0, 1.5]
    assert table.place(2) == f"{tmp_path / 'b.csv'}, row 2"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "rows.csv is empty, but it must have a header and rows"),
        ("\n\n", "rows.csv is empty, but it must have a header and rows"),
        ("task,x\n", "rows.csv has no rows, but it must have some"),
        ("task,x\na,1\nb,1,2\n", "rows.csv, row 3: it has 3 cells, but the header has 2"),
        ("task,x\na,1\n\nb\n", "rows.csv, row 4: it has 1 cells, but the header has 2"),
        ('task,x\na,1\nb,"2\nc,3\n', "rows.csv, row 3: a quotation mark is not closed"),
        (
            'task,x,note\na,1,"2\nb,2,2\nc,3,"2\n',
            "rows.csv, row 2: a quotation mark stands within a cell; write two of them for one",
        ),
        (
            'task,x,note\na,1,"2\nb,2,2\nc,3,2"\n',
            "rows.csv, row 2: a quotation mark is not closed, so that a cell holds whole rows",
        ),
        ("task,x\na,\0\n", "rows.csv is not a text file, but it must be a table"),
        ("x," * 20_000 + "\n1", "rows.csv, row 1: a table has at most 10,000 columns"),
        ("x" * (1 << 21), "rows.csv, row 1: a table has at most 10,000 columns, whose names are short"),
        ("task,x,x\na,1,2\n", "rows.csv, row 1: two columns have the name 'x', but each needs its own"),
        (
            "task,x\na,2024-01-01T10:00\nb,2024-01-02T10:00Z\n",
            "rows.csv, row 3: 'x' mixes times with and without a time zone .see row 2.: give all of them a zone",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(text, sentence, tmp_path):
    with pytest.raises(ValueError, match=sentence):
        read(text, folder=tmp_path)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('x\n"1,5"\n"1,234"\n', [1.5, 1.234]),
        ('x\n"0,125"\n2\n', [0.125, 2]),
        ("x;c\n1,234;a\n2;b\n", [1.234, 2]),
        ("x;c\n1.234;a\n2.5;b\n", [1.234, 2.5]),
    ],
)
def test_decimal_commas_are_read_where_they_are_sure(text, wanted, tmp_path):
    assert values(read(text, folder=tmp_path), "x") == wanted


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('x\n1\n"1,234"\n', "rows.csv, row 3: 'x' is '1,234', which may have a thousands separator: remove"),
        ('x\n0.5\n"1,234.5"\n', "row 3: 'x' is '1,234.5'"),
        ('x\n"12,345"\n"1,234,567"\n', "row 2: 'x' is '12,345'"),
        ("x;c\n1,5;a\n1.234;b\n", "row 3: 'x' is '1.234'"),
        ("x;c\n1,5;a\n1.234,5;b\n", "row 3: 'x' is '1.234,5'"),
        (pd.DataFrame({"x": ["7", "1,234"]}), "rows, row 2: 'x' is '1,234'"),
    ],
)
def test_thousands_separators_are_one_sentence(text, sentence, tmp_path):
    with pytest.raises(ValueError, match=sentence):
        read(text, folder=tmp_path)
    kinds = {"x": "category"}
    assert read(text, folder=tmp_path, kinds=kinds).columns["x"].kind == "category"


ZONED = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: read("nowhere.csv"), "there is no file or folder nowhere.csv"),
        (lambda: read(3), "rows is of the type int, but it must be the path of a CSV or Parquet file or of a folder"),
        (lambda: read(pl.LazyFrame({"x": [1]})), "rows is a lazy frame: give what its"),
        (
            lambda: read(pd.DataFrame({"x": [1.0, "two"]}, dtype=object)),
            "rows, row 2: 'x' is two, text, but in row 1 it is a number: a column holds values of one type",
        ),
        (
            lambda: read(pd.DataFrame({"x": pd.Series([ZONED, ZONED.replace(tzinfo=None)], dtype=object)})),
            "rows, row 2: 'x' is 2024-01-01 00:00:00, a date, but in row 1 it is a date with a time zone",
        ),
        (lambda: read(pd.DataFrame({"x": [[1], [2]]})), "the column 'x' holds values of the type list"),
        (lambda: read(pl.DataFrame({"x": [[1], [2]]})), "the column 'x' holds values of the type"),
        (lambda: read(pd.DataFrame({"x": []})), "rows has no rows, but it must have some"),
        (lambda: read(pd.DataFrame([[1, 2]], columns=["x", "x"])), "rows.*x"),
        (
            lambda: read(pd.DataFrame({"x": [1]}), kinds={"x": "float"}),
            "the kind of 'x' is 'float', but it must be one",
        ),
        (
            lambda: read(pd.DataFrame({"x": [1]}), kinds={"X": "number"}),
            "rows has no column 'X', which kinds names; did",
        ),
        (
            lambda: read(pd.DataFrame({"x": ["1", "b"]}), kinds={"x": "number"}),
            "rows, row 2: 'x' is 'b', but it must be a number",
        ),
        (
            lambda: read(pd.DataFrame({"x": [1, 2]}), kinds={"x": "boolean"}),
            "rows, row 2: 'x' is 2, but it must be true or false",
        ),
        (
            lambda: read(pd.DataFrame({"x": ["2024-02-30"]}), kinds={"x": "date"}),
            "rows, row 1: 'x' is '2024-02-30', but it must be a date",
        ),
    ],
)
def test_a_frame_that_cannot_be_read_is_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_cells_with_lines_and_delimiters_are_read_where_they_are_sure(tmp_path):
    text = 'task,x,note\na,1,"two\nlines, and ""marks"""\nb,2,"5,6,7"\n'
    assert values(read(text, folder=tmp_path), "note") == ['two\nlines, and "marks"', "5,6,7"]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_only_regular_files_are_read(suffix, tmp_path):
    os.mkfifo(tmp_path / f"pipe{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(ValueError, match=r"pipe\.[a-z]+ is a named pipe, but it must be a"):
        read(tmp_path / f"pipe{suffix}")
    (tmp_path / f"pipe{suffix}").unlink()
    with pytest.raises(ValueError, match=r"folder\.[a-z]+ is a folder, but it must be a"):
        read(tmp_path)


def test_a_parquet_file_states_what_it_costs_and_is_believed_only_then(tmp_path, monkeypatch):
    path = tmp_path / "rows.parquet"
    pl.DataFrame({"x": [0] * 100_000}).write_parquet(path)
    assert path.stat().st_size < 2000
    monkeypatch.setattr("hypermaml.data.table.memory.available", lambda: 1_000_000)
    with pytest.raises(ValueError, match=r"rows\.parquet: 100,000 rows and 1 columns need about 1\.6 MB of memory"):
        read(path)


@pytest.mark.parametrize("kind", ["parquet", "polars", "columns"])
def test_columns_without_a_name_are_left_out(kind, tmp_path):
    frame = pl.DataFrame({"x": [1, 2], "": [3, 4]})
    frame.write_parquet(tmp_path / "a.parquet")
    given = {"parquet": tmp_path / "a.parquet", "polars": frame, "columns": {"x": [1, 2], "": [3, 4]}}[kind]
    table = read(given)
    assert list(table.columns) == ["x"]
    assert table.notes[0].endswith(": a column has no name and is left out")


def test_a_sentence_is_one_line_whatever_names_and_values_hold():
    with pytest.raises(ValueError, match=r"^rows has no column 'a b'") as caught:
        read(pd.DataFrame({"x" * 5000: [1]}), kinds={"a\nb": "number"})
    assert len(str(caught.value)) <= 1200


def test_values_that_arrow_cannot_hold_are_one_sentence():
    for odd in (2**80, -(2**70)):
        with pytest.raises(ValueError, match="rows: the column 'x' cannot be read"):
            read(pd.DataFrame({"x": pd.Series([1, odd], dtype=object)}))


def test_times_of_several_zones_are_instants():
    berlin = dt.timezone(dt.timedelta(hours=1))
    table = read(pd.DataFrame({"x": pd.Series([ZONED, ZONED.astimezone(berlin)], dtype=object)}))
    assert len(set(values(table, "x"))) == 1


@pytest.mark.parametrize(
    ("suffix", "sentence"),
    [
        (".parquet", "rows.parquet cannot be read as a Parquet file"),
        (".xlsx", "rows.xlsx ends in '.xlsx', but a table ends in .csv, .tsv, .txt, .parquet, .pq"),
    ],
)
def test_a_file_of_another_kind_is_one_sentence(suffix, sentence, tmp_path):
    with pytest.raises(ValueError, match=sentence):
        read("x\n1\n", name=f"rows{suffix}", folder=tmp_path)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "has no CSV or Parquet files, but it must have one for each task"),
        ({"a.csv": "x\n1\n", "b.csv": "z\n1\n"}, "b.csv has no column 'x', but .*a.csv has"),
        ({"a.csv": "x\n1\n", "a.tsv": "x\n1\n"}, "has two files of the task 'a', but a task has one"),
        ({"a.csv": "x,task\n1,2\n"}, "a.csv has a column 'task', but in a folder the name of a file is the name"),
        ({"a.csv": "x\n1\n", "b.csv": "x\n"}, "b.csv has no rows, but it must have some"),
    ],
)
def test_a_folder_that_does_not_fit_is_one_sentence(files, sentence, tmp_path):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=sentence):
        read(tmp_path)


def test_memory_is_told_before_it_is_taken(monkeypatch, tmp_path):
    monkeypatch.setattr("hypermaml.data.table.memory.available", lambda: 100)
    with pytest.raises(ValueError, match=r"rows.csv: 50 rows and 1 columns need about 0.0 MB of memory, but 0.0 MB"):
        read("x\n" + "1\n" * 50, folder=tmp_path)


def test_many_rows_are_read_in_batches(monkeypatch, tmp_path):
    """The same path as for ten million rows, with small batches."""
    monkeypatch.setattr("hypermaml.data.table.csv_file.BLOCK", 256)
    numbers = np.arange(2000) / 8
    table = read("x,c\n" + "".join(f"{x},{'abc'[int(x) % 3]}\n" for x in numbers), folder=tmp_path)
    np.testing.assert_array_equal(table.columns["x"].values, numbers)
    assert values(table, "c") == ["abc"[int(x) % 3] for x in numbers]


def test_a_column_with_very_many_names_is_left_out(monkeypatch):
    monkeypatch.setattr("hypermaml.data.table.read.MANY", 10)
    monkeypatch.setattr(infer, "MANY", 10)
    table = read(pd.DataFrame({"id": [f"p{i}" for i in range(30)], "x": range(30)}))
    assert list(table.columns) == ["x"]
    assert table.notes == ("'id' has more than 10 different values and is left out",)


def test_a_missing_package_is_one_sentence(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "narwhals", None)
    monkeypatch.setitem(sys.modules, "narwhals.dependencies", None)
    with pytest.raises(ModuleNotFoundError, match="tables need narwhals, which is not installed: pip install "):
        read(pd.DataFrame({"x": [1]}))
