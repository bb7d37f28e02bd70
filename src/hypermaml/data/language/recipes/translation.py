"""Names, dates and numbers from one language into another, by CLDR."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from hypermaml.data.language.recipes.recipe import TEST, TRAIN, TRANSLATION, VALIDATION, Recipe, Sources, below, mixed
from hypermaml.data.language.sources.cldr import LICENSE, Cldr
from hypermaml.data.language.task import Instance

LANGUAGES = {
    **{"ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "en": "English", "es": "Spanish"},
    **{"fi": "Finnish", "fr": "French", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "nl": "Dutch"},
    **{"pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "sv": "Swedish", "tr": "Turkish", "ru": "Russian"},
    **{"el": "Greek"},
}
_NAMES: Mapping[str, Callable[[Cldr, str], Mapping[str, str]]] = {
    "emoji": Cldr.emoji,
    "countries": Cldr.countries,
    "languages": Cldr.languages,
    "currencies": Cldr.currencies,
    "units": Cldr.units,
}
# What is translated, from where, to where. No language of a split but the first is the target of another split, and a
# pair of languages stands in one split only, whatever its direction.
TASKS = (
    *((TRAIN, "emoji", "en", "fr"), (TRAIN, "emoji", "en", "de"), (TRAIN, "emoji", "es", "en")),
    *((TRAIN, "emoji", "fr", "it"), (TRAIN, "countries", "en", "es"), (TRAIN, "countries", "en", "nl")),
    *((TRAIN, "countries", "de", "en"), (TRAIN, "countries", "ru", "en"), (TRAIN, "languages", "en", "it")),
    *((TRAIN, "languages", "en", "sv"), (TRAIN, "languages", "fr", "en"), (TRAIN, "currencies", "de", "fr")),
    *((TRAIN, "dates", "en", "fr"), (TRAIN, "dates", "en", "de"), (TRAIN, "numbers", "en", "es")),
    *((TRAIN, "numbers", "it", "en"), (VALIDATION, "emoji", "en", "ca"), (VALIDATION, "dates", "en", "ro")),
    *((TEST, "emoji", "en", "pt"), (TEST, "countries", "en", "da"), (TEST, "languages", "fi", "en")),
    *((TEST, "dates", "en", "pl"), (TEST, "numbers", "en", "tr"), (TEST, "emoji", "es", "pt")),
)
_WHAT = {
    "emoji": ("the name of a picture sign", "names of emoji", "what an emoji shows"),
    "countries": ("the name of a country or territory", "names of countries", "a country's name"),
    "languages": ("the name of a language", "names of languages", "a language's name"),
    "currencies": ("the name of a currency", "names of money", "a currency's name"),
    "units": ("the name of a unit", "names of units", "a unit's name"),
    "dates": ("a date", "dates", "a day of a year"),
    "numbers": ("a number in words", "numbers", "a number"),
}


def names(what: str, source: str, target: str) -> Callable[[Sources], Iterator[Instance]]:
    """Pairs of names of one thing; what is called alike in both languages, or has a note in brackets, is left out."""

    def make(sources: Sources) -> Iterator[Instance]:
        ours, theirs = (_NAMES[what](sources.cldr, language) for language in (source, target))
        readings: dict[str, list[str]] = {}
        for key in ours:
            if key in theirs and ours[key] != theirs[key] and "(" not in ours[key] + theirs[key]:
                readings.setdefault(ours[key], []).append(theirs[key])
        for name in mixed(readings, what):  # the same names in each pair of languages, where they have them
            yield Instance(name, tuple(dict.fromkeys(readings[name])))

    return make


def dates(what: str, source: str, target: str) -> Callable[[Sources], Iterator[Instance]]:
    """Long dates; each pair of languages has its own days."""

    def make(sources: Sources) -> Iterator[Instance]:
        for draw in range(600):
            seed = source, target, draw
            day, month, year = 1 + below(28, "d", *seed), 1 + below(12, "m", *seed), 1900 + below(150, "y", *seed)
            said, translated = (sources.cldr.date(language, day, month, year) for language in (source, target))
            yield Instance(said, (translated,))

    return make


def numbers(what: str, source: str, target: str) -> Callable[[Sources], Iterator[Instance]]:
    """Cardinal numbers below ten thousand in words; small ones are all there."""

    def make(sources: Sources) -> Iterator[Instance]:
        values = [*range(100), *(100 + below(900, source, target, n) for n in range(300))]
        for value in mixed(dict.fromkeys(values), source, target):
            said, translated = (sources.cldr.number(language, value) for language in (source, target))
            yield Instance(said, (translated,))

    return make


def _recipe(split: str, what: str, source: str, target: str) -> Recipe:
    ours, theirs = LANGUAGES[source], LANGUAGES[target]
    one, several, short = _WHAT[what]
    make = {"dates": dates, "numbers": numbers}.get(what, names)(what, source, target)
    definitions = (
        f"Translate {one} from {ours} into {theirs}.",
        f"The input is {short} in {ours}. Write it in {theirs}.",
        f"How do you say this in {theirs}? It is {one} in {ours}.",
        f"From {ours} to {theirs}: translate {several}.",
    )
    name = f"translate_{what}_{source}_{target}"
    return Recipe(name, TRANSLATION, split, "CLDR", LICENSE, definitions, make, languages=(ours, theirs))


RECIPES = tuple(_recipe(*task) for task in TASKS)
