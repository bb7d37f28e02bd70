"""Each type of time and of number that a Parquet file may have: the same as a CSV file, or a sentence."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pytest

from hypermaml.data.power.table import read_table

pyarrow = pytest.importorskip("pyarrow")
COUNT = 96 * 2
MINUTES = [datetime(2023, 5, 1) + timedelta(minutes=15 * n) for n in range(COUNT)]


@pytest.fixture
def read(tmp_path):
    from pyarrow import parquet

    def of(zone="", **columns):
        plain = {name: np.arange(COUNT, dtype=float) for name in ("load", "pv", "wind")}
        table = pyarrow.table({"time": MINUTES, **plain, **columns})
        parquet.write_table(table, tmp_path / "site.parquet", use_deprecated_int96_timestamps=False)
        times, values = read_table(tmp_path / "site.parquet", zone)
        return times.days(values)

    return of


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize(
    ("zone", "named"), [(None, ""), ("UTC", "UTC"), ("+05:30", ""), ("-03:30", ""), ("Asia/Kolkata", "Asia/Kolkata")]
)
def test_timestamps_of_each_unit_and_zone(read, unit, zone, named):
    utc = pyarrow.array(MINUTES, pyarrow.timestamp(unit))
    shift = {"+05:30": 22, "-03:30": -14, "Asia/Kolkata": 22}.get(zone, 0)
    dates, days = read(named, time=utc.cast(pyarrow.timestamp(unit, zone)))
    assert len(dates) == (2 if not shift else 1)
    assert days[0, 0, 0] == (-shift) % 96


def test_texts_and_categories_of_texts(read):
    words = pyarrow.array([f"{each:%Y-%m-%d %H:%M}" for each in MINUTES])
    for column in (words, words.cast(pyarrow.large_string()), words.dictionary_encode()):
        dates, days = read(time=column)
        assert len(dates) == 2
        assert days[0, 0, 95] == 95


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        (
            [int(each.replace(tzinfo=UTC).timestamp()) for each in MINUTES],
            "the column time holds values of the type int64",
        ),
        ([*MINUTES[:5], None, *MINUTES[6:]], "row 6: the time is missing"),
        (pyarrow.nulls(COUNT), "row 1: the time is missing"),
        ([date(2023, 5, 1)] * COUNT, "the column time holds dates without a time of day"),
        ([b"2023-05-01"] * COUNT, "holds values of the type binary"),
        ([time(1, 2)] * COUNT, "holds values of the type time64"),
        ([[1]] * COUNT, "holds values of the type list"),
        (np.arange(COUNT) * 900.0, "holds values of the type double"),
        (pyarrow.array(np.arange(COUNT) + (1 << 60), pyarrow.timestamp("ms")), "row 1: the time is not after 1970"),
        (pyarrow.array(MINUTES, pyarrow.timestamp("us", "Mars/Phobos")), "has the zone 'Mars/Phobos', but it must be"),
        ([datetime(9999, 12, 31, 23)] * COUNT, "row 1: the time is not after 1970 and before 2100; is the unit"),
    ],
    ids=range(11),
)
def test_other_times_are_one_sentence(read, column, sentence):
    with pytest.raises(ValueError, match=sentence):
        read(time=column)


@pytest.mark.parametrize(
    "kind", ["int8", "uint64", "float16", "float32", "decimal128(9, 2)", "string", "dictionary", "null"]
)
def test_numbers_of_each_type(read, kind):
    numbers = np.arange(COUNT) % 100
    column = {
        "decimal128(9, 2)": lambda: pyarrow.array([Decimal(int(n)) for n in numbers]),
        "string": lambda: pyarrow.array([str(n) for n in numbers]),
        "dictionary": lambda: pyarrow.array(numbers).dictionary_encode(),
        "null": lambda: pyarrow.nulls(COUNT),
    }.get(kind, lambda: pyarrow.array(numbers.astype(kind)))()
    dates, days = read(pv=column)
    assert len(dates) == (0 if kind == "null" else 2)
    assert kind == "null" or (days[1].ravel() == numbers).all()


@pytest.mark.parametrize("column", [[True] * COUNT, [b"1"] * COUNT, [[1.0]] * COUNT, MINUTES], ids=["b", "x", "l", "t"])
def test_other_types_of_power_are_one_sentence(read, column):
    with pytest.raises(ValueError, match=r"the column pv holds values of the type .*, but it must hold kW"):
        read(pv=column)


def test_more_rows_than_the_memory_holds_are_not_read(read, monkeypatch):
    monkeypatch.setattr("hypermaml.data.table.memory.available", lambda: 1 << 16)
    with pytest.raises(ValueError, match=r"site\.parquet: 192 rows and 4 columns need about 0.3 MB"):
        read()
