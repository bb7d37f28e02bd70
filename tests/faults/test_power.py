"""Files of sites as meters, people and damage write them: the right quarter hours, or one sentence."""

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import outcomes
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_files import put
from outcomes import examples
from pyarrow import parquet

from hypermaml.data.power.folder import load_sites

pytestmark = pytest.mark.faults
ZONES = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc"))
NAN = float("nan")


def outcome(folder, zone=""):
    """Return the profiles of a folder, and how reading ended; anything but profiles or one sentence fails."""
    found, how = outcomes.outcome(lambda: load_sites(folder, zone), value="harmless")
    for curves in found.kinds.values() if found is not None else ():
        assert np.isfinite(curves.values).all()
        assert (curves.values >= 0).all()
        assert curves.values.max() <= 1
    return found, how


def load_at(minute):
    """The load of each quarter hour: different in any hour of ten days, so that no shift goes unseen."""
    return 100 + minute // 60 * 7 % 241


def check(place, found, tz):
    """Check each quarter hour against the load at its instant."""
    loads = []
    for day in found.dates:
        start = datetime.combine(day.item(), datetime.min.time(), tz).timestamp() / 60
        loads.append([load_at(int(start) + 15 * n) for n in range(96)])
    np.testing.assert_allclose(found.load.values[0], np.array(loads) / np.max(loads), rtol=1e-9, err_msg=place)


@examples(500)
@given(data=st.data())
def test_hours_of_any_zone_and_resolution_are_at_their_instant(tmp_path_factory, tally, data):
    """Instants of any zone, with each resolution that may be, which may change after some days."""
    folder = tmp_path_factory.mktemp("sites")
    zone = data.draw(st.sampled_from(ZONES))
    tz = ZoneInfo(zone)
    first = datetime(2023, data.draw(st.integers(1, 12)), data.draw(st.integers(1, 28)), tzinfo=tz)
    start = int(first.timestamp()) // 60 // 60 * 60
    form = data.draw(st.sampled_from(["utc", "offset", "parquet"]))
    minutes = []
    for length in data.draw(st.lists(st.sampled_from([15, 30, 60]), min_size=1, max_size=2, unique=True)):
        minutes += range(start, start + 3 * 1440, length)
        start += 3 * 1440
    instants = [datetime.fromtimestamp(60 * minute, UTC) for minute in minutes]
    loads = [load_at(minute) for minute in minutes]
    if form == "parquet":
        unit = data.draw(st.sampled_from(["s", "ms", "us", "ns"]))
        times = pyarrow.array(instants, pyarrow.timestamp(unit, data.draw(st.sampled_from(["UTC", zone, "+09:30"]))))
        parquet.write_table(
            pyarrow.table({"time": times, **dict.fromkeys(("load", "pv", "wind"), loads)}), folder / "a.parquet"
        )
    else:
        shown = [each.isoformat() if form == "utc" else each.astimezone(tz).isoformat() for each in instants]
        lines = [f"{time},{load},1,1" for time, load in zip(shown, loads, strict=True)]
        (folder / "a.csv").write_text("\n".join(["time,load,pv,wind", *lines]))
    found, how = outcome(folder, zone)
    if found is not None:
        check(f"{folder} {zone}", found, tz)
    else:  # the wall clock of the zone is within an hour of the rows, or no day is whole
        assert form == "offset" or len(minutes) < 200
    tally("power: times of any zone", "right value" if found is not None else how)


cells = st.one_of(
    st.sampled_from(
        [
            "",
            "nan",
            "-",
            "-1",
            "1e400",
            "inf",
            "1,5",
            "1_0",
            "0x1",
            "1e9",
            "1e300",
            '"',
            '"a',
            'a"b"',
            "x" * 140_000,
            "\0",
            "\r",
            "a;b",
            "٣",
            "9" * 400,
            "\u2028",
            "5.0",
            "0",
        ]
    ),
    st.text(max_size=6),
    st.floats().map(str),
)
times = st.one_of(
    st.sampled_from(
        [
            "9999-12-31 23:45",
            "0001-01-01 00:00+14:00",
            "2023-05-01",
            "2023-05-01T24:00",
            "31.12.2016 23:45",
            "1682899200",
            "2023-05-01 00:00:30",
            "2023-05-01T00:00+23:59:59",
            "2023-W18-1",
            "2023-02-30 00:00",
            "",
            "12/31/2016 10:00",
            "2023-05-01T00:15-00:00:01",
            "20230501T0015Z",
            "2023-05-01 00:15 Europe/Berlin",
        ]
    ),
    st.datetimes().map(str),
    st.text(max_size=8),
)
names = st.lists(st.sampled_from(["time", "load", "pv", "wind", "Load ", "note", "", "\ufefftime"]), max_size=7)


@examples(700)
@given(data=st.data())
def test_csv_files_with_odd_cells(tmp_path_factory, tally, data):
    folder = tmp_path_factory.mktemp("sites")
    step = data.draw(st.sampled_from([15, 15, 15, 1, 3, 5, 30, 60, 20, 45, 1440]))
    count = data.draw(st.sampled_from([200, 200, 200, 200, 96, 0, 1, 2, 30]))
    first = datetime(2023, 3, 25) + timedelta(minutes=data.draw(st.sampled_from([0, 0, 0, 0, 7, 30, 15])))
    rows = [[f"{first + timedelta(minutes=step * n):%Y-%m-%d %H:%M}", "5", str(n), "1", "ok"] for n in range(count)]
    for _ in range(data.draw(st.integers(0, 3))):
        if rows:
            place, column = data.draw(st.integers(0, len(rows) - 1)), data.draw(st.integers(0, 4))
            rows[place][column] = data.draw(cells if column else times)
    if data.draw(st.booleans()) and rows:
        change = data.draw(st.sampled_from(["reversed", "twice", "short", "long"]))
        place = data.draw(st.integers(0, len(rows) - 1))
        rows = {
            "reversed": rows[::-1],
            "twice": [*rows[: place + 1], *rows[place:]],
            "short": [*rows[:place], rows[place][:2], *rows[place + 1 :]],
            "long": [*rows[:place], rows[place] * 3, *rows[place + 1 :]],
        }[change]
    mark = data.draw(st.sampled_from([",", ",", ";", "\t", "|"]))
    header = ["time", "load", "pv", "wind", "note"] if data.draw(st.integers(0, 7)) else data.draw(names)
    end = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = end.join(mark.join(row) for row in [header, *rows])
    coding = data.draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"]))
    (folder / "a.csv").write_bytes(text.encode(coding, "replace"))
    zone = data.draw(st.sampled_from([*[""] * 8, "Europe/Berlin", "Asia/Kathmandu", "Mars", "../etc", "\0", "a" * 300]))
    tally("power: CSV files with odd cells", outcome(folder, zone)[1])


COUNT = 96 * 2
STAMPS = np.datetime64("2023-05-01", "s") + np.arange(COUNT) * np.timedelta64(15, "m")


@st.composite
def columns(draw):
    """A column of any type of Arrow, of times or of numbers, with or without missing values."""
    numbers = draw(
        st.sampled_from([np.arange(COUNT), np.arange(COUNT) * 900, -np.arange(COUNT), np.full(COUNT, 2**62)])
    )
    kind = draw(
        st.sampled_from(
            [
                "int8",
                "uint64",
                "int64",
                "float16",
                "float32",
                "float64",
                "bool",
                "string",
                "large_string",
                "binary",
                "date32",
                "date64",
                "time32",
                "time64",
                "duration",
                "list",
                "struct",
                "null",
                "dictionary",
                "decimal",
                "s",
                "ms",
                "us",
                "ns",
                "view",
            ]
        )
    )
    mask = np.arange(COUNT) == draw(st.sampled_from([-1, -1, 5, 191]))
    texts = [str(stamp) for stamp in STAMPS]
    with np.errstate(all="ignore"):
        if kind in SECONDS:
            zone = draw(st.sampled_from([None, "UTC", "Europe/Berlin", "+05:30", "+99:99", "Mars/Phobos", "-", "é"]))
            raw = draw(st.sampled_from([STAMPS.astype("datetime64[s]").astype(int) * SECONDS[kind], numbers]))
            return pyarrow.array(raw.astype(np.int64), mask=mask).cast(pyarrow.timestamp(kind, zone))
        if kind in ("string", "large_string", "view"):
            made = {"string": pyarrow.string(), "large_string": pyarrow.large_string(), "view": pyarrow.string_view()}
            return pyarrow.array(texts, mask=mask).cast(made[kind])
        if kind in ("date32", "date64"):
            return pyarrow.array(STAMPS.astype("datetime64[D]"), mask=mask).cast(getattr(pyarrow, kind)())
        if kind in ("time32", "time64", "duration"):
            made = {"time32": pyarrow.time32("s"), "time64": pyarrow.time64("us"), "duration": pyarrow.duration("s")}
            values = np.arange(COUNT, dtype=np.int32 if kind == "time32" else np.int64)
            return pyarrow.array(values, mask=mask).cast(made[kind])
        made = {
            "binary": lambda: pyarrow.array([text.encode() for text in texts], mask=mask),
            "list": lambda: pyarrow.array([[1.0]] * COUNT),
            "struct": lambda: pyarrow.array([{"load": 1}] * COUNT),
            "null": lambda: pyarrow.nulls(COUNT),
            "dictionary": lambda: pyarrow.array(draw(st.sampled_from([texts, numbers.tolist()]))).dictionary_encode(),
            "decimal": lambda: pyarrow.array(numbers.tolist()).cast(pyarrow.decimal256(30, 2)),
            "bool": lambda: pyarrow.array(numbers % 2 == 0, mask=mask),
        }
        return made[kind]() if kind in made else pyarrow.array(numbers.astype(kind), mask=mask)


SECONDS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def parquet_bytes(**columns):
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()


@examples(500)
@given(data=st.data())
def test_parquet_files_of_any_type(tmp_path_factory, tally, data):
    folder = tmp_path_factory.mktemp("sites")
    plain = {"time": pyarrow.array(STAMPS), **{kind: np.arange(COUNT) for kind in ("load", "pv", "wind")}}
    odd = data.draw(st.sampled_from(["time", "load", "pv"]))
    plain[odd] = data.draw(columns())
    try:
        contents = parquet_bytes(**plain)
    except pyarrow.ArrowException:
        tally("power: Parquet files of any type", "harmless")  # no such file can be written
        return
    (folder / "a.parquet").write_bytes(contents)
    how = outcome(folder, data.draw(st.sampled_from(["", "Europe/Berlin"])))[1]
    tally("power: Parquet files of any type", how)


@pytest.fixture(scope="module")
def sound():
    return parquet_bytes(time=pyarrow.array(STAMPS), **{kind: np.arange(COUNT) / 2 for kind in ("load", "pv", "wind")})


@examples(400)
@given(data=st.data())
def test_damaged_parquet_files(tmp_path_factory, tally, sound, data):
    folder = tmp_path_factory.mktemp("sites")
    contents = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 4))):
        near = data.draw(st.booleans())  # the description of the file is at its end
        place = data.draw(st.integers(len(contents) * 3 // 4 if near else 0, len(contents) - 1))
        contents[place] ^= 1 << data.draw(st.integers(0, 7))
    if not data.draw(st.integers(0, 4)):
        contents = contents[: data.draw(st.integers(0, len(contents)))]
    (folder / "a.parquet").write_bytes(contents)
    tally("power: damaged Parquet files", outcome(folder)[1])


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "zeros", "device", "round"])
def test_what_is_not_a_regular_file(tmp_path, tally, suffix, kind):
    put(tmp_path / f"a.{suffix}", kind)
    found, how = outcome(tmp_path)
    assert found is None
    tally("power: pipes, devices, files of zeros", how)


def test_zeros_that_fit_into_the_limit(tmp_path, tally):
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate((1 << 28) - 1)
    assert outcome(tmp_path)[0] is None
    (tmp_path / "a.csv").write_text("time," * (1 << 22))
    assert outcome(tmp_path)[0] is None
    tally("power: pipes, devices, files of zeros", "one sentence", 2)
