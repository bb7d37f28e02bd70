"""The times of a file: from words to a grid of quarter hours of whole local days."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from jaxtyping import Float, Int

from hypermaml.data.power.intervals import lengths_of
from hypermaml.data.power.profiles import STEPS

QUARTER, DAY = 15, 24 * 60  # minutes
YEARS = 1970, 2100  # the first and the last
BRIDGED = 4  # quarter hours in a row that are interpolated
FORMATS = ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Timetable:
    """When the rows of a file are.

    Attributes:
        where: what errors call the file.
        rows: the number of each row, as a spreadsheet counts.
        minutes: of each row since 1970, ascending.
        wall: the same on the wall clock of the zone.
        zone: of the days; `None` where times have no zone, so that minutes are those of the wall clock.
        lengths: of the interval of each row, in minutes.
    """

    where: str
    rows: Sequence[int]
    minutes: Int[np.ndarray, " row"]
    wall: Int[np.ndarray, " row"]
    zone: tzinfo | None
    lengths: Int[np.ndarray, " row"]

    @classmethod
    def read(cls, where: str, rows: Sequence[int], words: Sequence[str | datetime], zone: str = "") -> Timetable:
        """Reads times: ISO 8601 with or without an offset, or `31.12.2016 23:45`.

        Times with an offset are instants, and days are those of the zone, else of the offset that all of them have.
        Times without one are of the zone's wall clock; without a zone, of a clock that is never put forward or back.

        Args:
            where: what errors call the file.
            rows: the number of each row.
            words: the time of each row, at which its interval begins.
            zone: of the IANA database, such as `Europe/Berlin`; empty for none.

        Raises:
            ValueError: a time cannot be read, has seconds, is not on the clock of the zone, comes twice or goes back,
                or the resolution does not fit.
        """
        if len(words) < 2:
            raise ValueError(f"{where} holds {len(words)} rows of data, but a day is at least 24")
        times = [_time(where, row, word) for row, word in zip(rows, words, strict=True)]
        local = zone_of(zone)
        aware = times[0].tzinfo is not None
        for row, time in zip(rows, times, strict=True):
            if (time.tzinfo is not None) != aware:
                raise ValueError(f"{where}, row {row}: some times have an offset from UTC and some have none")
        if aware and local is None:
            offsets = {time.utcoffset() for time in times}
            if len(offsets) > 1:
                raise ValueError(
                    f"{where}: the times have {len(offsets)} different offsets from UTC; name the zone of its days, "
                    "such as --timezone Europe/Berlin"
                )
            local = timezone(next(iter(offsets)) or timedelta(0))
        elif not aware and local is not None:
            times = _folded(where, rows, times, local)
        minutes = np.array([_minutes(time) for time in times])
        wall = minutes if local is None else np.array([_minutes(_wall(time, local)) for time in times])
        if (odd := np.flatnonzero((wall - minutes) % QUARTER)).size:
            raise ValueError(
                f"{where}, row {rows[odd[0]]}: the clock is {wall[odd[0]] - minutes[odd[0]]} minutes ahead of UTC, but "
                "it must be whole quarter hours"
            )
        lengths = lengths_of(where, rows, minutes, wall, naive=not aware and local is None)
        return cls(where, rows, minutes, wall, local, lengths)

    def days(self, values: Float[np.ndarray, "column row"]) -> tuple[np.ndarray, Float[np.ndarray, "column day 96"]]:
        """Values by day and quarter hour: finer ones are averaged, coarser ones hold for their whole interval.

        Gaps of up to an hour are bridged in a straight line. What has a longer one is left out, as are the two days a
        year on which clocks change, since they have 92 or 100 quarter hours.

        Args:
            values: of each row; not a number where there is none.

        Returns:
            The dates of the days that are whole for every column, and their values.
        """
        of_row = self.wall // DAY
        days = np.unique([of_row, of_row + 1])  # the next one, too: an interval, or a gap, may end there
        bounds = {day: _midnight(day, self.zone) for day in np.unique([days, days + 1]).tolist()}
        starts, stops = (np.array([bounds[day + later] for day in days.tolist()]) for later in (0, 1))
        fine = math.gcd(QUARTER, *np.unique(self.lengths).tolist())
        ends = np.cumsum((stops - starts) // fine)
        grid = np.full((len(values), ends[-1]), np.nan)
        own = np.searchsorted(days, of_row)
        first = ends[own] - (stops[own] - self.minutes) // fine
        for length in np.unique(self.lengths):
            rows = np.flatnonzero(self.lengths == length)
            for part in range(length // fine):
                grid[:, first[rows] + part] = values[:, rows]
        quarters = grid.reshape(len(values), -1, QUARTER // fine).mean(axis=-1)
        quarters = np.stack([bridged(column) for column in quarters])
        dates, found = [], []
        for day, end, length in zip(days, ends * fine // QUARTER, stops - starts, strict=True):
            of_day = quarters[:, end - length // QUARTER : end]
            if length == DAY and np.isfinite(of_day).all():
                dates.append(np.datetime64(int(day), "D"))
                found.append(of_day)
        shaped = np.stack(found, axis=1) if found else np.zeros((len(values), 0, STEPS))
        return np.array(dates, "datetime64[D]"), shaped


def zone_of(name: str) -> tzinfo | None:
    """The zone of the IANA database with this name, `None` for no name.

    Raises:
        ValueError: there is none.
    """
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"timezone is '{name}', but it must be a name of the IANA database, such as Europe/Berlin; where the "
            "system has none of them, pip install tzdata"
        ) from None


def bridged(values: Float[np.ndarray, " step"]) -> Float[np.ndarray, " step"]:
    """The values with gaps of up to `BRIDGED` steps between two known ones filled in a straight line."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 2:
        return values
    place = np.arange(len(values))
    after = np.searchsorted(known, place)
    inside = (after > 0) & (after < len(known))
    gap = np.zeros(len(values), int)
    gap[inside] = known[after[inside]] - known[after[inside] - 1] - 1
    filled = np.where(inside & (gap <= BRIDGED), np.interp(place, known, values[known]), np.nan)
    return np.where(np.isfinite(values), values, filled)


def _time(where: str, row: int, word: str | datetime) -> datetime:
    time = word if isinstance(word, datetime) else _parsed(word.strip())
    if time is None:
        shown = str(word).strip()[:40]
        found = f"'{shown}' is no time" if shown else "the time is missing"
        raise ValueError(
            f"{where}, row {row}: {found}; write 2016-12-31 23:45, with an offset such as +01:00 if you like"
        )
    if not YEARS[0] < time.year < YEARS[1]:  # and its neighbours, so that no offset leads out of them
        raise ValueError(
            f"{where}, row {row}: the year is {time.year}, but it must be after {YEARS[0]} and before {YEARS[1]}"
        )
    past = time.second + time.microsecond / 1e6
    if min(past, 60 - past) > 1:  # programs write 59.999 for 0
        raise ValueError(
            f"{where}, row {row}: the time {time:%H:%M:%S} is within a minute, but an interval begins with one and "
            "has at least one; average finer rows first"
        )
    return time


def _parsed(word: str) -> datetime | None:
    try:
        return datetime.fromisoformat(word)
    except ValueError:
        pass
    for pattern in FORMATS:
        try:
            return datetime.strptime(word, pattern)
        except ValueError:
            continue
    return None


def _folded(where: str, rows: Sequence[int], times: Sequence[datetime], zone: tzinfo) -> list[datetime]:
    """Times of the wall clock in their zone; an hour that comes a second time is the one after the change."""
    found: list[datetime] = []
    for row, time in zip(rows, times, strict=True):
        here = time.replace(tzinfo=zone)
        if _wall(here, zone).replace(tzinfo=None) != time:
            raise ValueError(
                f"{where}, row {row}: {time:%Y-%m-%d %H:%M} is not on the clock of {zone}, which is put forward then; "
                "leave out the zone if the clock of the file is never changed"
            )
        if found and _minutes(here) <= _minutes(found[-1]):
            here = here.replace(fold=1)
        found.append(here)
    return found


def _wall(time: datetime, zone: tzinfo) -> datetime:
    """Return an instant as the wall clock of a zone shows it, as if that were UTC."""
    return time.astimezone(UTC).astimezone(zone).replace(tzinfo=UTC)


def _minutes(time: datetime) -> int:
    """Since 1970, of UTC or, without a zone, of the wall clock."""
    return round((time.replace(tzinfo=time.tzinfo or UTC) - EPOCH).total_seconds() / 60)


def _midnight(day: int, zone: tzinfo | None) -> int:
    """Return the minute at which a day begins; days are counted from 1970 on."""
    first = date(1970, 1, 1) + timedelta(days=day)
    return _minutes(datetime(first.year, first.month, first.day, tzinfo=zone or UTC))
