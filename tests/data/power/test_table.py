"""Files of a site: what is read, and what each bad one is told."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from hypermaml.data.power.folder import load_sites
from hypermaml.data.power.profiles import Curves, Profiles
from hypermaml.data.power.table import read_table
from hypermaml.data.power.timetable import bridged


def lines(start="2023-05-01 00:00", rows=96, minutes=15, *, suffix="", load="5.0", form="%Y-%m-%d %H:%M"):
    """The rows of a file, one every so many minutes: load as given, PV its number, wind 1."""
    first = datetime.fromisoformat(start)
    times = [(first + timedelta(minutes=minutes * n)).strftime(form) + suffix for n in range(rows)]
    return [f"{time},{load},{n},1" for n, time in enumerate(times)]


@pytest.fixture
def write(tmp_path):
    def of(rows, header="time,load,pv,wind", name="site.csv"):
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    return of


def days_of(path, zone=""):
    times, values = read_table(path, zone)
    return times.days(values)


def test_a_day_of_quarter_hours_is_read_as_it_is(write):
    dates, days = days_of(write(lines()))
    assert dates.tolist() == [np.datetime64("2023-05-01").item()]
    assert days.shape == (3, 1, 96)
    np.testing.assert_array_equal(days[0], 5.0)
    np.testing.assert_array_equal(days[1, 0], np.arange(96))


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("wind;pv;load;time", "{w};{p};{l};{t}"),
        ("Time\tNote\tLoad\tPV\tWind", "{t}\tfine\t{l}\t{p}\t{w}"),
        ("time,load,pv,wind,more", "{t},{l},{p},{w},9"),
    ],
)
def test_delimiters_order_case_and_further_columns(write, header, row):
    cells = [line.split(",") for line in lines()]
    _, days = days_of(write([row.format(t=t, l=load, p=p, w=w) for t, load, p, w in cells], header))
    np.testing.assert_array_equal(days[:, 0, 7], [5.0, 7.0, 1.0])


@pytest.mark.parametrize(("minutes", "rows", "expected"), [(5, 288, [1, 4, 7]), (30, 48, [0, 0, 1]), (60, 24, [0] * 3)])
def test_finer_rows_are_averaged_and_coarser_ones_hold(write, minutes, rows, expected):
    _, days = days_of(write(lines(rows=rows, minutes=minutes)))
    np.testing.assert_allclose(days[1, 0, :3], expected)
    assert days[1].sum() / 4 == pytest.approx(np.arange(rows).sum() * minutes / 60)  # the energy of the day


def test_a_short_gap_is_bridged_and_a_long_one_costs_its_day(write):
    rows = lines(rows=192)
    short = [*rows[:10], *rows[14:]]  # four quarter hours are missing
    dates, days = days_of(write(short))
    assert len(dates) == 2
    np.testing.assert_allclose(days[1, 0, 8:16], np.arange(8, 16))
    dates, _ = days_of(write([*rows[:10], *rows[15:]]))
    assert dates.tolist() == [np.datetime64("2023-05-02").item()]
    empty = [line.replace(",5.0,", ",,") if n in (100, 101) else line for n, line in enumerate(rows)]
    dates, days = days_of(write(empty))
    assert len(dates) == 2
    np.testing.assert_allclose(days[0], 5.0)


def test_bridging_by_hand():
    nan = math.nan
    filled = bridged(np.array([nan, 1.0, nan, nan, 4.0, nan, nan, nan, nan, nan, 5.0, nan]))
    np.testing.assert_array_equal(filled, [nan, 1, 2, 3, 4, nan, nan, nan, nan, nan, 5, nan])


def test_days_of_an_offset_and_of_a_zone(write):
    dates, days = days_of(write(lines(suffix="+01:00")))
    assert (dates.tolist(), days[1, 0, 0]) == ([np.datetime64("2023-05-01").item()], 0)
    # Midnight of UTC is two o'clock in Berlin's summer: only with more rows is there a whole day.
    rows = lines(rows=200, suffix="Z")
    dates, days = days_of(write(rows), "Europe/Berlin")
    assert dates.tolist() == [np.datetime64("2023-05-02").item()]
    assert days[1, 0, 0] == 22 * 4  # 22:00 UTC


def test_the_days_on_which_clocks_change_are_left_out(write):
    zone = "Europe/Berlin"
    start = datetime(2016, 3, 25, 23, tzinfo=UTC)  # midnight of 26 March
    instants = [f"{(start + timedelta(minutes=15 * n)).isoformat()},1,1,1" for n in range(96 + 92 + 96)]
    dates, _ = days_of(write(instants), zone)
    assert [str(day) for day in dates] == ["2016-03-26", "2016-03-28"]
    # As a wall clock without offsets shows them: an hour is missing in spring and comes twice in autumn.
    spring = [row for row in lines("2016-03-26 00:00", 96 * 3) if not "2016-03-27 02" <= row[:13] < "2016-03-27 03"]
    dates, _ = days_of(write(spring), zone)
    assert [str(day) for day in dates] == ["2016-03-26", "2016-03-28"]
    autumn = lines("2016-10-29 00:00", 96 * 3)
    place = next(n for n, row in enumerate(autumn) if row.startswith("2016-10-30 03:00"))
    autumn[place:place] = autumn[place - 4 : place]
    dates, days = days_of(write(autumn), zone)
    assert [str(day) for day in dates] == ["2016-10-29", "2016-10-31"]
    assert days[1, 1, 0] == 192
    with pytest.raises(ValueError, match=r"site\.csv, row 110: the time goes back; where clocks are put back, name"):
        days_of(write(autumn))


def change(rows, number, text):
    """The rows with another one at a line of the file; the header is line 1."""
    return [*rows[: number - 2], text, *rows[number - 1 :]]


BAD = [
    (change(lines(), 7, "soon,1,1,1"), r"row 7: 'soon' is no time; write 2016-12-31 23:45"),
    (change(lines(), 7, "2023-05-01 01:15,much,1,1"), r"row 7: load is 'much', which is no number"),
    (change(lines(), 8, '2023-05-01 01:30,"1,5",1,1'), r"row 8: load is '1,5', which is no number; decimals"),
    (change(lines(), 9, "2023-05-01 01:45,1,-3,1"), r"row 9: pv is -3, but it must be a power of at least 0 kW"),
    (change(lines(), 9, "2023-05-01 01:45,1,1,inf"), r"row 9: wind is inf, but it must be a power"),
    (change(lines(), 9, "2023-05-01 01:45,1"), r"row 9: it has 2 cells, but 4 are needed"),
    (change(lines(), 9, "2023-05-01 01:30,1,1,1"), r"row 9: the time comes twice$"),
    (change(lines(), 9, "2023-05-01 01:45+01:00,1,1,1"), r"row 9: some times have an offset from UTC and some have"),
    (change(lines(), 9, "2023-05-01 01:47,1,1,1"), r"row 9: the time is none of every 15 minutes"),
    (lines(minutes=20, rows=72), r"most rows are 20 minutes apart, but it must be 1, 3, 5, 15, 30 or 60 minutes"),
    (lines(minutes=1440, rows=30), r"most rows are 1440 minutes apart"),
    (lines(rows=1), r"holds 1 rows of data"),
    ([], r"holds 0 rows of data"),
    (
        [*lines(suffix="+01:00"), "2023-05-02 01:00+02:00,1,1,1"],
        r"the times have 2 different offsets from UTC; name the zone",
    ),
]


@pytest.mark.parametrize(("rows", "sentence"), BAD, ids=[sentence[:30] for _, sentence in BAD])
def test_a_bad_file_is_refused_with_its_name_and_row(write, rows, sentence):
    with pytest.raises(ValueError, match=rf"site\.csv(, |: | ){sentence}"):
        read_table(write(rows))


def test_bad_headers_and_texts(write, tmp_path):
    with pytest.raises(ValueError, match="the column wind is not there; a site has the columns time, load, pv, wind"):
        read_table(write(lines(), "time,load,pv,WindPower"))
    with pytest.raises(ValueError, match="the column pv is twice there; a site has"):
        read_table(write(lines(), "time,load,pv,pv"))
    (tmp_path / "latin.csv").write_bytes("time,load,pv,wind\n1.1.2020,1,1,\xb5\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin\.csv is not text in UTF-8-SIG"):
        read_table(tmp_path / "latin.csv")
    with pytest.raises(ValueError, match="timezone is 'Middle/Earth', but it must be a name of the IANA database"):
        read_table(write(lines()), "Middle/Earth")


def test_a_parquet_file_is_read_as_the_same_csv(write, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    cells = [line.split(",") for line in lines()]
    columns = {
        "time": [datetime.fromisoformat(cell[0]) for cell in cells],
        "load": [None if n == 3 else float(cell[1]) for n, cell in enumerate(cells)],
        "pv": [float(cell[2]) for cell in cells],
        "wind": [1] * len(cells),
    }
    parquet.write_table(pyarrow.table(columns), tmp_path / "site.parquet")
    (dates, days), (other, same) = days_of(tmp_path / "site.parquet"), days_of(write(lines()))
    np.testing.assert_array_equal(dates, other)
    np.testing.assert_array_equal(days, same)
    (tmp_path / "bad.parquet").write_text("time,load\n")
    with pytest.raises(ValueError, match=r"bad\.parquet cannot be read as a Parquet file"):
        read_table(tmp_path / "bad.parquet")


def test_a_folder_gives_shares_of_each_sites_highest_power_on_common_days(write, tmp_path):
    write(lines(rows=192), name="one.csv")
    write([line.replace(",1", ",0") for line in lines("2023-05-02 00:00", 96, load="20")], name="two.csv")
    (tmp_path / "notes.txt").write_text("not a site")
    found = load_sites(tmp_path)
    assert [str(day) for day in found.dates] == ["2023-05-02"]
    assert found.load.names == ("one", "two")
    np.testing.assert_array_equal(found.load.values, 1.0)
    assert found.pv.values[0, 0, -1] == 1.0  # 191 of 191 kW
    assert found.wind.names == ("one",)  # two has none


def test_bad_folders(write, tmp_path):
    with pytest.raises(ValueError, match=r"the folder .*none does not exist"):
        load_sites(tmp_path / "none")
    with pytest.raises(ValueError, match=r"holds no \.csv or \.parquet file; each site is one, with the columns"):
        load_sites(tmp_path)
    write(lines())
    write(lines("2024-05-01 00:00"), name="later.csv")
    with pytest.raises(ValueError, match=r"the 2 sites of .* have no whole day in common"):
        load_sites(tmp_path)
    write(lines(rows=40), name="later.csv")
    with pytest.raises(ValueError, match=r"later\.csv holds no whole day"):
        load_sites(tmp_path)
    write(lines(load="0"), name="later.csv")
    write(lines(load="0"))
    with pytest.raises(ValueError, match="load is 0 in every row of every file"):
        load_sites(tmp_path)


def test_profiles_refuse_what_is_no_share():
    day, good = np.array(["2023-05-01"], "datetime64[D]"), Curves(("a",), np.ones((1, 1, 96)))
    Profiles("data", day, good, good, good)
    with pytest.raises(ValueError, match="data: pv must be finite and at least 0"):
        Profiles("data", day, good, Curves(("a",), -np.ones((1, 1, 96))), good)
    with pytest.raises(ValueError, match=r"data: wind has the shape \(1, 2, 96\), but it must be \(1, 1, 96\)"):
        Profiles("data", day, good, good, Curves(("a",), np.ones((1, 2, 96))))
    with pytest.raises(ValueError, match="data holds no whole day"):
        Profiles("data", day[:0], good, good, good)
