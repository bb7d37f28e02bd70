"""What sort of thing a word names."""

from __future__ import annotations

from collections.abc import Iterator

from hypermaml.data.language.recipes.questions import by_topic
from hypermaml.data.language.recipes.recipe import TEST, TRAIN, VALIDATION, Recipe, Sources, mixed
from hypermaml.data.language.sources import cldr
from hypermaml.data.language.sources.wordnet import LICENSE, TOPICS
from hypermaml.data.language.task import Instance

NOUNS = tuple(TOPICS["n"].values())
VERBS = tuple(TOPICS["v"].values())
NAMES = ("country", "language", "currency", "unit")
_ALIVE = {"animal": "yes", "plant": "yes", "person": "yes", "artifact": "no", "time": "no", "place": "no"}


def _nouns(sources: Sources) -> Iterator[Instance]:
    topics = by_topic(sources, "n")
    for topic, word in mixed([(topic, word) for topic, words in topics.items() for word in words], "nouns"):
        yield Instance(word, (topic,), (word,))


def _verbs(sources: Sources) -> Iterator[Instance]:
    topics = by_topic(sources, "v", 2)
    for topic, word in mixed([(topic, word) for topic, words in topics.items() for word in words], "verbs"):
        yield Instance(f"to {word}", (topic,), (word,))


def _living(sources: Sources) -> Iterator[Instance]:
    topics = by_topic(sources, "n", 2)
    pairs = [(topic, word) for topic in _ALIVE for word in topics.get(topic, ())[:60]]
    for topic, word in mixed(pairs, "living"):
        yield Instance(word, (_ALIVE[topic],), (word,))


def _names(sources: Sources) -> Iterator[Instance]:
    """Names that are of one sort only."""
    read = sources.cldr
    found = {
        "country": read.countries("en"),
        "language": read.languages("en"),
        "currency": read.currencies("en"),
        "unit": read.units("en"),
    }
    pairs = [(sort, name) for sort, own in found.items() for name in own.values()]
    for sort, name in mixed(pairs, "names"):
        if not any(name in own.values() for other, own in found.items() if other != sort):
            yield Instance(name, (sort,))


RECIPES = (
    Recipe(
        "category_nouns",
        "categorization",
        TRAIN,
        "WordNet 3.0",
        LICENSE,
        (
            f"Which does the noun name: {', '.join(NOUNS[:-1])} or {NOUNS[-1]}? An artifact is something made.",
            f"Sort the noun into one of these: {', '.join(NOUNS)}.",
            f"Choose the category of the word from {', '.join(NOUNS)}.",
            f"Is it of the kind {', '.join(NOUNS[:-1])} or {NOUNS[-1]}? Write that word.",
        ),
        _nouns,
        NOUNS,
    ),
    Recipe(
        "category_names",
        "categorization",
        TRAIN,
        "CLDR",
        cldr.LICENSE,
        (
            "What is this the name of: country, language, currency or unit?",
            "Say of what sort the name is. Answer country, language, currency or unit.",
            "Sort the name into country, language, currency or unit.",
            "Does this name a country, a language, a currency or a unit? Answer with that word.",
        ),
        _names,
        NAMES,
    ),
    Recipe(
        "category_living",
        "categorization",
        VALIDATION,
        "WordNet 3.0",
        LICENSE,
        (
            "Is this a living being? Answer yes or no.",
            "Say yes if the word names an animal, a plant or a person, else no.",
            "Does the word name something alive? Write yes or no.",
            "Yes or no: can this grow and live?",
        ),
        _living,
        ("yes", "no"),
    ),
    Recipe(
        "category_verbs",
        "categorization",
        TEST,
        "WordNet 3.0",
        LICENSE,
        (
            f"What is the verb about: {', '.join(VERBS[:-1])} or {VERBS[-1]}?",
            f"Sort the action into one of these: {', '.join(VERBS)}.",
            f"Choose the field that the verb belongs to from {', '.join(VERBS)}.",
            f"Which kind of doing is it? Answer {', '.join(VERBS[:-1])} or {VERBS[-1]}.",
        ),
        _verbs,
        VERBS,
    ),
)
