"""Cells that are texts: missing ones, numbers with a point or a comma, truth values, dates."""

from __future__ import annotations

from typing import Any

import numpy as np

from hypermaml.data.table.extra import load

MISSING = ("", "na", "n/a", "n.a.", "nan", "null", "#n/a", "<na>", "nat")
TRUE, FALSE = ("true", "yes"), ("false", "no")
ISO = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$"
ZONE = r"\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$"
DAY_FIRST = r"^\d{1,2}\.\d{1,2}\.\d{4}$"
NUMBER = r"^[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?$"
EPOCH = np.datetime64("2000-01-01", "us")
DAY = np.timedelta64(1, "D") / np.timedelta64(1, "us")


def cleaned(chunk: Any) -> Any:
    """Return texts without spaces around them, null where one is missing."""
    arrow, compute = load("pyarrow"), load("pyarrow.compute")
    chunk = compute.utf8_trim_whitespace(chunk.cast(arrow.string()))
    absent = compute.is_in(compute.utf8_lower(chunk), value_set=arrow.array(MISSING))
    return compute.if_else(absent, arrow.scalar(None, arrow.string()), chunk)


def numbers(values: Any, *, comma: bool = False) -> Any:
    """Return texts as numbers, `None` where one of them is not a number.

    Args:
        values: texts.
        comma: whether decimals are written with a comma.
    """
    arrow, compute = load("pyarrow"), load("pyarrow.compute")
    try:
        return (compute.replace_substring(values, ",", ".") if comma else values).cast(arrow.float64())
    except arrow.ArrowInvalid:
        return None


def are_numbers(values: Any) -> Any:
    """Return whether each text looks like a number, with a decimal point or a decimal comma."""
    return load("pyarrow.compute").match_substring_regex(values, NUMBER)


def booleans(values: Any) -> Any:
    """Return texts as 0 and 1, `None` where one of them is not a truth value."""
    arrow, compute = load("pyarrow"), load("pyarrow.compute")
    lower = compute.utf8_lower(values)
    yes, no = (compute.is_in(lower, value_set=arrow.array(words)) for words in (TRUE, FALSE))
    if not compute.all(compute.or_(yes, no), min_count=0).as_py() and lower.null_count < len(lower):
        known = compute.or_(compute.or_(yes, no), compute.is_null(lower))
        if not compute.all(known, min_count=0).as_py():
            return None
    return compute.if_else(compute.is_null(lower), arrow.scalar(None, arrow.float64()), yes.cast(arrow.float64()))


def are_dates(values: Any) -> bool:
    """Return whether texts are dates: 2024-02-29, with a time and a zone or without, or 29.2.2024."""
    compute = load("pyarrow.compute")
    return compute.all(compute.match_substring_regex(values, f"{ISO}|{DAY_FIRST}"), min_count=0).as_py()


def zoned(values: Any) -> Any:
    """Return whether each text is a time with a zone."""
    return load("pyarrow.compute").match_substring_regex(values, ZONE)


def days(values: Any) -> Any:
    """Return texts as days since 2000-01-01, in UTC where they have a zone; `None` where one of them is not a date."""
    arrow, compute = load("pyarrow"), load("pyarrow.compute")
    present = values.drop_null()
    if not are_dates(present):
        return None
    try:
        zone = "UTC" if compute.any(zoned(present)).as_py() else None
        return since_epoch(_year_first(values).cast(arrow.timestamp("us", tz=zone)))
    except arrow.ArrowInvalid:
        return None


def on_calendar(values: Any) -> Any:
    """Return whether each text is a day of the calendar, as in 2024-02-29 or 29.2.2024, whatever its time."""
    compute = load("pyarrow.compute")
    shaped = compute.match_substring_regex(values, f"{ISO}|{DAY_FIRST}")
    written = compute.utf8_slice_codeunits(_year_first(values), 0, 10)
    read = compute.strptime(written, format="%Y-%m-%d", unit="s", error_is_null=True)  # 30 February is 1 March
    return compute.and_(shaped, compute.fill_null(compute.equal(compute.strftime(read, "%Y-%m-%d"), written), False))


def _year_first(values: Any) -> Any:
    compute = load("pyarrow.compute")
    padded = compute.replace_substring_regex(values, r"^(\d)\.", r"0\1.")
    padded = compute.replace_substring_regex(padded, r"^(\d\d)\.(\d)\.", r"\1.0\2.")
    return compute.replace_substring_regex(padded, r"^(\d\d)\.(\d\d)\.(\d{4})$", r"\3-\2-\1")


def since_epoch(values: Any) -> Any:
    """Return dates of Arrow as days since 2000-01-01."""
    arrow, compute = load("pyarrow"), load("pyarrow.compute")
    zone = getattr(values.type, "tz", None)
    count = values.cast(arrow.timestamp("us", tz=zone)).cast(arrow.int64()).cast(arrow.float64())
    first = EPOCH.astype("int64").item()
    return compute.divide(compute.subtract(count, float(first)), float(DAY))
