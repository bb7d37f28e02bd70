"""Clocks and resolutions of sites anywhere: the right quarter hours, or a sentence with the cause."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from hypermaml.data.power.table import read_table

START = datetime(2023, 5, 1)


def row(time, load=None, form="%Y-%m-%d %H:%M"):
    return f"{time:{form}},{100 if time.hour % 2 and load is None else load or 10},1,1"


def rows(start, count, minutes, **options):
    return [row(start + timedelta(minutes=minutes * n), **options) for n in range(count)]


@pytest.fixture
def days(tmp_path):
    def of(lines, zone="", header="time,load,pv,wind"):
        path = tmp_path / "site.csv"
        path.write_text("\n".join([header, *lines]) + "\n")
        times, values = read_table(path, zone)
        dates, found = times.days(values)
        return [str(date) for date in dates], found

    return of


ODD = np.repeat(np.tile([10, 100], 12), 4)  # every other hour


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [
        ("Asia/Kolkata", 60),
        ("Australia/Adelaide", 60),
        ("America/St_Johns", 60),
        ("Asia/Kathmandu", 30),
        ("Asia/Kathmandu", 60),
        ("Australia/Lord_Howe", 60),
        ("Pacific/Chatham", 15),
    ],
)
def test_hours_of_any_wall_clock_are_those_of_its_days(days, zone, minutes):
    dates, found = days(rows(START, 3 * 24 * 60 // minutes, minutes), zone)
    assert dates == ["2023-05-01", "2023-05-02", "2023-05-03"]
    np.testing.assert_array_equal(found[0], np.tile(ODD, (3, 1)))


def test_hours_of_utc_begin_within_hours_of_a_half_hour_zone(days):
    lines = [line.replace(",", "Z,", 1) for line in rows(START, 24 * 3, 60)]
    dates, found = days(lines, "Asia/Kolkata")
    assert dates == ["2023-05-02", "2023-05-03"]
    np.testing.assert_array_equal(found[0, 0, 22:], ODD[:-22])  # 00:00 UTC is 05:30, the quarter hour 22
    dates, found = days([line.replace(",", "+05:30,", 1) for line in rows(START, 24 * 3, 60)])
    np.testing.assert_array_equal(found[0], np.tile(ODD, (3, 1)))


@pytest.mark.parametrize("minutes", [(60, 15), (15, 60), (30, 5), (5, 30), (60, 1), (3, 5)])
def test_a_resolution_may_change_and_each_row_holds_for_its_interval(days, minutes):
    first, second = minutes
    lines = rows(START, 3 * 1440 // first, first) + rows(START + timedelta(days=3), 2 * 1440 // second, second)
    dates, found = days(lines)
    assert len(dates) == 5
    np.testing.assert_array_equal(found[0], np.tile(ODD, (5, 1)))


def test_a_gap_is_not_a_resolution(days):
    lines = rows(START, 4 * 96, 15, load=5)
    lines[102] = lines[102].replace(",5,", ",9,")
    kept = [line for n, line in enumerate(lines) if n % 9 != 4]  # one of nine is missing, the 103rd too
    _, found = days(kept)
    assert sorted(np.unique(found[0].round(2))) == [5, 7, 9]  # half between 9 and 5 where a row is missing beside it


REFUSED = [
    (rows(datetime(2023, 3, 25), 192, 15), "Europe/Berlin", r"row 106: 2023-03-26 02:00 is not on the clock of Europe"),
    (
        [row(START + timedelta(seconds=30 + 60 * n), 1, "%Y-%m-%d %H:%M:%S") for n in range(60)],
        "",
        "row 2: the time 00:00:30",
    ),
    (
        [row(START + timedelta(seconds=10 * n), 1, "%Y-%m-%d %H:%M:%S") for n in range(60)],
        "",
        "row 3: the time 00:00:10",
    ),
    (rows(START, 96, 15)[::-1], "", "row 3: the time goes back; sort the rows by time, the earliest first"),
    ([*rows(START, 96, 15), row(START)], "", "row 98: the time goes back; sort the rows by time$"),
    ([row(START, 1, "%Y-%m-%d")] * 50, "", "row 3: the time comes twice; sort the rows .* its time of day"),
    (
        rows(START, 48, 15) + rows(START + timedelta(hours=12), 48, 45),
        "",
        "from row 50 on most rows are 45 minutes apart",
    ),
    (rows(START + timedelta(minutes=30), 48, 60), "", "row 2: the time is none of every 60 minutes"),
    (rows(datetime(9999, 12, 30), 180, 15), "", "row 2: the year is 9999, but it must be after 1970 and before 2100"),
    ([line.replace(",", "+05:37,", 1) for line in rows(START, 96, 15)], "", "337 minutes ahead of UTC, but it must be"),
    ([*rows(START, 9, 15), ",1,1,1"], "", "row 11: the time is missing"),
]


@pytest.mark.parametrize(("lines", "zone", "sentence"), REFUSED, ids=[sentence[:24] for *_, sentence in REFUSED])
def test_a_sentence_names_the_cause(days, lines, zone, sentence):
    with pytest.raises(ValueError, match=sentence):
        days(lines, zone)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({40: '"meter swapped'}, "row 42: a quotation mark is not closed"),
        ({40: '"from here', 60: 'to here"'}, "row 42: a quotation mark is not closed, so that a cell holds whole rows"),
        ({40: '"here', 60: '"and here'}, "row 42: a quotation mark stands within a cell"),
        ({40: "x" * (1 << 17) + "x"}, "row 42: a cell has more than 131,072 characters"),
    ],
)
def test_no_quotation_mark_swallows_rows(days, change, sentence):
    lines = [f"{line},{change.get(n, 'ok')}" for n, line in enumerate(rows(START, 96 * 4, 15))]
    with pytest.raises(ValueError, match=sentence):
        days(lines, header="time,load,pv,wind,note")


def test_a_note_may_have_several_lines(days):
    lines = [f'{line},"two\nlines, as ""they"" say"' for line in rows(START, 96, 15)]
    _, found = days(lines, header="time,load,pv,wind,note")
    np.testing.assert_array_equal(found[0, 0], ODD)
