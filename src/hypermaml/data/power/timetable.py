"""The times of a file: from words to a grid of quarter hours of whole local days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from jaxtyping import Float

from hypermaml.data.power.profiles import STEPS

QUARTER = 15  # minutes
FINEST, COARSEST = 1, 60  # minutes
BRIDGED = 4  # quarter hours in a row that are interpolated
FORMATS = ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Timetable:
    """When the rows of a file are.

    Attributes:
        where: what errors call the file.
        rows: the number of each row, as an editor counts the lines.
        minutes: of each row since 1970, ascending.
        zone: of the days; `None` where times have no zone, so that minutes are those of the wall clock.
        resolution: between two rows, in minutes.
    """

    where: str
    rows: Sequence[int]
    minutes: np.ndarray
    zone: tzinfo | None
    resolution: int

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
            ValueError: a time cannot be read, comes twice or goes back, or the resolution does not fit.
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
            times = _folded(times, local)
        minutes = np.array([_minutes(time) for time in times])
        return cls(where, rows, minutes, local, _resolution(where, rows, minutes, naive=not aware and local is None))

    def days(self, values: Float[np.ndarray, "column row"]) -> tuple[np.ndarray, Float[np.ndarray, "column day 96"]]:
        """Values by day and quarter hour: finer ones are averaged, coarser ones hold for their whole interval.

        Gaps of up to an hour are bridged in a straight line. What has a longer one is left out, as are the two days a
        year on which clocks change, since they have 92 or 100 quarter hours.

        Args:
            values: of each row; not a number where there is none.

        Returns:
            The dates of the days that are whole for every column, and their values.
        """
        first, last = (_date(minute, self.zone) for minute in (self.minutes[0], self.minutes[-1]))
        begin = _midnight(first, self.zone)
        end = _midnight(last + timedelta(days=1), self.zone)
        grid = _on_grid(self.minutes, values, self.resolution, begin, end)
        grid = np.stack([bridged(column) for column in grid])
        dates, days = [], []
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            start, stop = _midnight(day, self.zone), _midnight(day + timedelta(days=1), self.zone)
            own = grid[:, (start - begin) // QUARTER : (stop - begin) // QUARTER]
            if stop - start == STEPS * QUARTER and np.isfinite(own).all():
                dates.append(np.datetime64(day))
                days.append(own)
        shaped = np.stack(days, axis=1) if days else np.zeros((len(values), 0, STEPS))
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
    if isinstance(word, datetime):
        return word
    try:
        return datetime.fromisoformat(word.strip())
    except ValueError:
        pass
    for pattern in FORMATS:
        try:
            return datetime.strptime(word.strip(), pattern)
        except ValueError:
            continue
    raise ValueError(
        f"{where}, row {row}: '{word}' is no time; write 2016-12-31 23:45, with an offset such as +01:00 if you like"
    )


def _folded(times: Sequence[datetime], zone: tzinfo) -> list[datetime]:
    """Times of the wall clock in their zone; an hour that comes a second time is the one after the change."""
    found: list[datetime] = []
    for time in times:
        here = time.replace(tzinfo=zone)
        if found and _minutes(here) <= _minutes(found[-1]):
            here = here.replace(fold=1)
        found.append(here)
    return found


def _minutes(time: datetime) -> int:
    """Since 1970, of UTC or, without a zone, of the wall clock."""
    return round((time.replace(tzinfo=time.tzinfo or UTC) - EPOCH).total_seconds() / 60)


def _resolution(where: str, rows: Sequence[int], minutes: np.ndarray, *, naive: bool) -> int:
    steps = np.diff(minutes)
    if (back := np.flatnonzero(steps <= 0)).size:
        row, twice = rows[back[0] + 1], steps[back[0]] == 0
        clock = "; where clocks are put back, name the zone, such as --timezone Europe/Berlin" if naive else ""
        raise ValueError(f"{where}, row {row}: the time {'comes twice' if twice else 'goes back'}{clock}")
    sizes, counts = np.unique(steps, return_counts=True)
    usual = int(sizes[counts.argmax()])
    if not (FINEST <= usual <= COARSEST and (QUARTER % usual == 0 or usual % QUARTER == 0)):
        raise ValueError(f"{where}: most rows are {usual} minutes apart, but it must be 1, 3, 5, 15, 30 or 60 minutes")
    if (off := np.flatnonzero(minutes % usual)).size:
        raise ValueError(
            f"{where}, row {rows[off[0]]}: the time is none of every {usual} minutes, as most rows of the file are"
        )
    return usual


def _on_grid(
    minutes: np.ndarray, values: Float[np.ndarray, "column row"], resolution: int, begin: int, end: int
) -> Float[np.ndarray, "column quarter"]:
    """The mean of each quarter hour from `begin` to `end`; not a number where a part of it is missing."""
    fine = min(resolution, QUARTER)
    grid = np.full((len(values), (end - begin) // fine), np.nan)
    repeats = resolution // fine
    for part in range(repeats):
        grid[:, (minutes - begin) // fine + part] = values
    return grid.reshape(len(values), -1, QUARTER // fine).mean(axis=-1)


def _date(minute: int, zone: tzinfo | None) -> date:
    return (EPOCH + timedelta(minutes=int(minute))).astimezone(zone or UTC).date()


def _midnight(day: date, zone: tzinfo | None) -> int:
    return _minutes(datetime(day.year, day.month, day.day, tzinfo=zone or UTC))
