import os

import numpy as np
import pytest

from hypermaml.data.rows import read_rows


@pytest.mark.parametrize(
    "text", ["a,b\n1,2\n3,4\n", "1;2\n3;4", "a\tb\r\n1\t2\r\n\r\n3\t4\r\n", "\ufeffa,b\n1, 2\n3,4\n"]
)
def test_rows_of_every_kind_are_read(tmp_path, text):
    path = tmp_path / "rows.csv"
    path.write_bytes(text.encode())
    rows = read_rows(path)
    np.testing.assert_array_equal(rows.numbers([0, 1]), [[1, 2], [3, 4]])
    assert rows.names in ((), ("a", "b"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty: give a CSV file"),
        ("a,b\n", "has names of columns and no rows"),
        ("a,b\n1,2\n3\n", "line 3 has 1 columns, but the first line has 2"),
        ("a,b\n1,2\n\n3,x\n", r"line 4: column 2 \('b'\) is 'x', but it must be a number"),
        ("\0", "is not a text file"),
    ],
)
def test_rows_that_are_none_are_named(tmp_path, text, sentence):
    path = tmp_path / "rows.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=sentence):
        read_rows(path).numbers([0, 1])


def test_a_column_that_is_absent_is_named(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a\n1\n")
    with pytest.raises(ValueError, match="line 2: column 2 is absent, but it must be a number"):
        read_rows(path).numbers([0, 1])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('a,b,c\n1,2,3\n4,"5,6\n7,8,9\n', "line 3: a quotation mark is not closed$"),
        ('a,b,c\n1,2,"3\n4,5,6\n7,8,9"\n', "line 2: a quotation mark is not closed, so that a cell holds whole rows"),
        ("a,b\n1," + "2" * (1 << 18), "line 2: a cell has more than 131,072 characters"),
    ],
)
def test_no_quotation_mark_swallows_rows(tmp_path, text, sentence):
    path = tmp_path / "rows.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=sentence):
        read_rows(path)


def test_a_line_ends_only_where_a_file_says_so(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\x0cc\n1,2\n", newline="")
    assert read_rows(path).names == ("a", "b\x0cc")


def test_a_named_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "rows.csv")
    with pytest.raises(ValueError, match=r"rows\.csv is a named pipe, but it must be a CSV file"):
        read_rows(tmp_path / "rows.csv")
