"""Numbers, calendars and order: questions and entailment that are drawn and need no source."""

from __future__ import annotations

from collections.abc import Iterator

from hypermaml.data.language.recipes.recipe import (
    ENTAILMENT,
    QUESTIONS,
    TEST,
    TRAIN,
    VALIDATION,
    Recipe,
    Sources,
    below,
    mixed,
    pick,
)
from hypermaml.data.language.task import Instance

DRAWN, LICENSE = "drawn by hypermaml", "MIT"
NAMES = ("Ann", "Ben", "Carla", "David", "Emma", "Felix", "Grace", "Hugo", "Iris", "Jonas", "Karim", "Lena")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_THINGS = ("apples", "books", "coins", "stamps", "pencils", "eggs", "shells", "cards", "keys", "nuts")
_UNITS = (
    *(("seconds", "minutes", 60), ("minutes", "hours", 60), ("hours", "days", 24), ("days", "weeks", 7)),
    *(("months", "years", 12), ("years", "centuries", 100), ("meters", "kilometers", 1000)),
    *(("centimeters", "meters", 100), ("millimeters", "centimeters", 10), ("grams", "kilograms", 1000)),
    *(("milliliters", "liters", 1000), ("inches", "feet", 12), ("feet", "yards", 3), ("cents", "dollars", 100)),
)
_JUDGED = ("true", "unknown", "false")
_MANY = 2000  # draws, from which repeated ones fall out


def _word_sums(sources: Sources) -> Iterator[Instance]:
    for draw in range(_MANY):
        who, what = pick(NAMES, "who", draw), pick(_THINGS, "what", draw)
        other = pick([name for name in NAMES if name != who], "other", draw)
        a, b = 2 + below(48, "a", draw), 2 + below(38, "b", draw)
        less = min(a - 1, b)
        story, answer = pick(
            [
                (f"{who} has {a} {what} and buys {b} more. How many {what} does {who} have now?", a + b),
                (f"{who} had {a} {what} and gave {less} to {other}. How many {what} are left?", a - less),
                (f"{who} has {a} {what}, {other} has {b}. How many {what} do they have together?", a + b),
                (f"{who} fills {a % 9 + 2} boxes with {b % 9 + 2} {what} each. How many {what} are there?",
                 (a % 9 + 2) * (b % 9 + 2)),
            ],
            "story",
            draw,
        )  # fmt: skip
        yield Instance(story, (str(answer),))


def _calendar(sources: Sources) -> Iterator[Instance]:
    for names, unit in ((DAYS, "day"), (MONTHS, "month")):
        for place in range(len(names)):
            for steps in range(1, len(names) + 8):
                later = f"{steps} {unit}{'s' * (steps > 1)}"
                yield Instance(f"{later} after {names[place]}", (names[(place + steps) % len(names)],))
                yield Instance(f"{later} before {names[place]}", (names[(place - steps) % len(names)],))


def _conversion(sources: Sources) -> Iterator[Instance]:
    for small, large, many in _UNITS:
        for count in range(2, 31):
            yield Instance(f"{count} {large} in {small}", (str(count * many),))
            if count <= 10:
                yield Instance(f"{count * many} {small} in {large}", (str(count),))


def _sequence(sources: Sources) -> Iterator[Instance]:
    for draw in range(_MANY):
        first, step = 1 + below(40, "first", draw), 2 + below(12, "step", draw)
        rows = ([first + step * n for n in range(5)], [first + step * (4 - n) for n in range(5)])
        row = pick([*rows, [(first % 5 + 1) * 2**n for n in range(5)], [first + n * n for n in range(5)]], "row", draw)
        yield Instance(", ".join(map(str, row[:4])), (str(row[4]),))


def _numbers(sources: Sources) -> Iterator[Instance]:
    """More than, fewer than: of whole numbers."""
    for draw in range(_MANY):
        who, what = pick(NAMES, "who", draw), pick(_THINGS, "what", draw)
        a, gap = 10 + below(80, "a", draw), 1 + below(9, "gap", draw)
        more, fewer = f"{who} has more than {{}} {what}.", f"{who} has fewer than {{}} {what}."
        premise, hypothesis, label = pick(
            [
                (more.format(a), more.format(a - gap), "true"),
                (fewer.format(a), fewer.format(a + gap), "true"),
                (more.format(a), more.format(a + gap), "unknown"),
                (fewer.format(a), fewer.format(a - gap), "unknown"),
                (more.format(a), fewer.format(a - gap), "false"),
                (fewer.format(a), more.format(a + gap), "false"),
            ],
            "case",
            draw,
        )
        yield Instance(f"{premise}\nClaim: {hypothesis}", (label,))


def _dates(sources: Sources) -> Iterator[Instance]:
    for draw in range(_MANY):
        month, year = pick(MONTHS, "month", draw), 1990 + below(40, "year", draw)
        day = f"{1 + below(28, 'day', draw)} {month} {year}"
        other = pick([each for each in MONTHS if each != month], "other", draw)
        what = pick(["The shop opened", "The bridge was built", "The letter arrived", "The film was shown"], draw)
        premise, hypothesis, label = pick(
            [
                (f"on {day}", f"in {month} {year}", "yes"),
                (f"in {month} {year}", f"in {year}", "yes"),
                (f"in {month} {year}", f"on {day}", "maybe"),
                (f"in {year}", f"in {month} {year}", "maybe"),
                (f"on {day}", f"in {other} {year}", "no"),
                (f"in {month} {year}", f"in {year + 1}", "no"),
            ],
            "case",
            draw,
        )
        yield Instance(f"{what} {premise}.\n{what} {hypothesis}.", (label,))


def _order(sources: Sources) -> Iterator[Instance]:
    """Who is ahead of whom, by the transitivity of comparatives."""
    for draw in range(_MANY):
        a, b, c = mixed(NAMES, "three", draw)[:3]
        than = pick(["taller than", "older than", "faster than", "stronger than", "richer than"], "than", draw)
        chain, open_ = f"{a} is {than} {b}. {b} is {than} {c}.", f"{a} is {than} {b}. {a} is {than} {c}."
        premise, hypothesis, label = pick(
            [
                (chain, f"{a} is {than} {c}.", "true"),
                (f"{b} is {than} {c}. {a} is {than} {b}.", f"{a} is {than} {c}.", "true"),
                (open_, f"{b} is {than} {c}.", "unknown"),
                (open_, f"{c} is {than} {b}.", "unknown"),
                (chain, f"{c} is {than} {a}.", "false"),
                (f"{b} is {than} {c}. {a} is {than} {b}.", f"{c} is {than} {a}.", "false"),
            ],
            "case",
            draw,
        )
        yield Instance(f"{premise}\nClaim: {hypothesis}", (label,))


def _recipe(name: str, kind: str, split: str, make, labels: tuple[str, ...], *definitions: str) -> Recipe:
    def shuffled(sources: Sources) -> list[Instance]:
        return mixed(dict.fromkeys(make(sources)), name)

    return Recipe(name, kind, split, DRAWN, LICENSE, definitions, shuffled, labels)


RECIPES = (
    _recipe(
        "qa_word_sums",
        QUESTIONS,
        TRAIN,
        _word_sums,
        (),
        "Solve the small story problem and answer with a number.",
        "Read the story and work out how many there are.",
        "Add, subtract or multiply as the story tells. Write the resulting number.",
        "Answer the arithmetic question in digits.",
    ),
    _recipe(
        "qa_calendar",
        QUESTIONS,
        TRAIN,
        _calendar,
        (),
        "Count days of the week or months forward or back and name where you end.",
        "Which day or month is that?",
        "A time before or after a day or a month is given. Name the day or the month meant.",
        "Answer with the name of the weekday or month.",
    ),
    _recipe(
        "qa_conversion",
        QUESTIONS,
        VALIDATION,
        _conversion,
        (),
        "Convert the measure into the other unit. Answer with a number.",
        "How many of the second unit is that?",
        "A quantity and a unit are given. Write the quantity in that unit.",
        "Change the units and give the number alone.",
    ),
    _recipe(
        "qa_sequence",
        QUESTIONS,
        TEST,
        _sequence,
        (),
        "Find the next number of the sequence.",
        "Which number comes next?",
        "Four numbers follow a rule. Continue with the fifth.",
        "Continue the row by one number.",
    ),
    _recipe(
        "nli_numbers",
        ENTAILMENT,
        TRAIN,
        _numbers,
        _JUDGED,
        "Given the first sentence about an amount, is the claim true, false or unknown?",
        "Compare the numbers. Answer true if the claim must hold, false if it cannot, unknown otherwise.",
        "Judge the claim about how many by what is said before it: true, false or unknown.",
        "Does the claim about the amount follow? Write true, false or unknown.",
    ),
    _recipe(
        "nli_dates",
        ENTAILMENT,
        TRAIN,
        _dates,
        ("yes", "maybe", "no"),
        "If the first sentence is right, is the second one right too? Answer yes, maybe or no.",
        "Compare the times in both sentences: yes if the second follows, no if it cannot be, maybe if it is open.",
        "Do the dates agree? Answer yes if the second follows from the first, maybe if it might hold, no if it is "
        "excluded.",
        "Read when something happened and judge the second sentence with yes, maybe or no.",
    ),
    _recipe(
        "nli_order",
        ENTAILMENT,
        TEST,
        _order,
        _JUDGED,
        "People are compared in two sentences. Is the claim true, false or unknown?",
        "Put the people in order and judge the claim: true, false or unknown.",
        "Does the comparison in the claim follow from the two before it? Answer true, false or unknown.",
        "Answer true if the order of the people proves the claim, false if it disproves it, else unknown.",
    ),
)
