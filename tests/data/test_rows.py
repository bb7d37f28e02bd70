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
