"""Cells that are unlike nearly all others of their column, and both ways to write a date."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hypermaml.data.table.column import Table, TableError
from hypermaml.data.table.read import read_table
from hypermaml.data.table.source import open_source


def read(frame: pd.DataFrame, **options: Any) -> Table:
    """The table of a frame."""
    return read_table(open_source(frame, name="rows", task="task"), **options)


@pytest.mark.parametrize(
    ("others", "cell", "what"),
    [
        ([f"{number / 7:.3f}" for number in range(40)], "abc", "numbers"),
        ([f"{number / 7:.3f}".replace(".", ",") for number in range(40)], "12 kg", "numbers"),
        ([f"2024-01-{day:02}" for day in range(1, 32)], "2024-02-30", "dates"),
        ([f"{day}.1.2024" for day in range(1, 32)], "31.2.2024", "dates"),
        ([f"2024-01-{day:02}T05:07" for day in range(1, 32)], "soon", "dates"),
    ],
)
def test_a_cell_that_is_unlike_nearly_all_others_is_named(others, cell, what):
    frame = pd.DataFrame({"x": [*others[:20], f" {cell} ", *others[20:]]})
    sentence = f"rows, row 21: 'x' is '{cell}', but nearly all other values are {what}: correct it, or leave the cell "
    with pytest.raises(TableError, match=re.escape(sentence)):
        read(frame)
    assert read(frame, kinds={"x": "category"}).columns["x"].kind == "category"
    assert read(frame, verbatim=("x",)).columns["x"].kind == "category"


def test_a_cell_that_is_unlike_the_others_is_found_beyond_the_values_that_are_counted(monkeypatch):
    monkeypatch.setattr("hypermaml.data.table.infer.MANY", 20)
    frame = pd.DataFrame({"x": [*(str(number / 7) for number in range(40)), "abc"]})
    with pytest.raises(TableError, match="rows, row 41: 'x' is 'abc'"):
        read(frame)


def test_few_numbers_may_stand_beside_words():
    assert read(pd.DataFrame({"x": ["1", "2", "3", "unknown"] * 10})).columns["x"].kind == "category"


def test_both_ways_to_write_a_date_may_stand_in_one_column():
    days = read(pd.DataFrame({"x": ["29.2.2024", "2024-03-01"], "y": ["2024-02-29", "2024-03-01"]})).columns
    assert days["x"].kind == "date"
    np.testing.assert_array_equal(days["x"].values, days["y"].values)
