"""Numbers, days and hours in other words; the rules of numbers are CLDR's."""

from __future__ import annotations

from collections.abc import Iterator

from hypermaml.data.language.recipes.counting import MONTHS
from hypermaml.data.language.recipes.recipe import PARAPHRASE, TEST, TRAIN, Recipe, Sources, below, mixed, pick
from hypermaml.data.language.sources.cldr import LICENSE
from hypermaml.data.language.task import Instance


def _number_words(sources: Sources) -> Iterator[Instance]:
    values = [*range(11, 100), *(100 + 7 * n + below(7, n) for n in range(120)), *(1000 + 89 * n for n in range(99))]
    for value in mixed(values, "number words"):
        said = sources.cldr.number("en", value)
        both = pick([(str(value), said), (said, str(value))], value)
        yield Instance(both[0], (both[1],))


def _dates(sources: Sources) -> Iterator[Instance]:
    for draw in range(2000):
        year, month, day = 1950 + below(80, "y", draw), 1 + below(12, "m", draw), 13 + below(16, "d", draw)
        wrong = pick([(year, month % 12 + 1, day), (year, month, day % 28 + 1), (year + 10, month, day)], draw)
        label = pick(["same", "different"], "label", draw)
        first, second, *_ = mixed(range(len(_FORMS)), draw)
        other = _FORMS[second](*((year, month, day) if label == "same" else wrong))
        yield Instance(f"{_FORMS[first](year, month, day)} / {other}", (label,))


def _clock(sources: Sources) -> Iterator[Instance]:
    hours = [sources.cldr.number("en", hour) for hour in range(1, 13)]
    for hour, minute in mixed([(hour, minute) for hour in range(12) for minute in range(0, 60, 1)], "clock"):
        if minute % 5 == 0 or minute % 3 == 0:
            yield Instance(_told(hours, hour, minute), (f"{hour + 1}:{minute:02}",))


def _told(hours: list[str], hour: int, minute: int) -> str:
    named = {0: "{} o'clock", 15: "a quarter past {}", 30: "half past {}", 45: "a quarter to {}"}
    after = hours[hour if minute <= 30 else (hour + 1) % 12]
    if minute in named:
        return named[minute].format(after)
    number = minute if minute < 30 else 60 - minute
    plural = "" if number % 5 == 0 else " minutes" if number > 1 else " minute"
    return f"{number}{plural} {'past' if minute < 30 else 'to'} {after}"


def _iso(year: int, month: int, day: int) -> str:
    return f"{year}-{month:02}-{day:02}"


def _long(year: int, month: int, day: int) -> str:
    return f"{day} {MONTHS[month - 1]} {year}"


def _american(year: int, month: int, day: int) -> str:
    return f"{month}/{day}/{year}"


def _spoken(year: int, month: int, day: int) -> str:
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"the {day}{ending} of {MONTHS[month - 1]}, {year}"


_FORMS = (_iso, _long, _american, _spoken)

RECIPES = (
    Recipe(
        "paraphrase_number_words",
        PARAPHRASE,
        TRAIN,
        "CLDR",
        LICENSE,
        (
            "Write the number in words if it is given in digits, and in digits if it is given in words.",
            "Say the same number the other way: words for digits, digits for words.",
            "Turn digits into words and words into digits.",
            "Rewrite the number, from figures to words or from words to figures.",
        ),
        _number_words,
    ),
    Recipe(
        "paraphrase_dates",
        PARAPHRASE,
        TRAIN,
        "drawn by hypermaml",
        "MIT",
        (
            "Are both the same day? Answer same or different.",
            "Two dates are written in different ways. Do they name one day? Write same or different.",
            "Compare the two dates: same or different?",
            "Say same if the dates agree, different if they do not.",
        ),
        _dates,
        ("same", "different"),
    ),
    Recipe(
        "paraphrase_clock",
        PARAPHRASE,
        TEST,
        "CLDR",
        LICENSE,
        (
            "Write the time of day in digits.",
            "Turn the spoken time into hours and minutes, such as 7:05.",
            "What does the clock show, in digits?",
            "Say the same time as a digital clock does.",
        ),
        _clock,
    ),
)
