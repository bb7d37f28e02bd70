"""What CLDR knows of countries: continents, money, languages; as questions and as entailment."""

from __future__ import annotations

from collections.abc import Iterator

from hypermaml.data.language.recipes.recipe import (
    ENTAILMENT,
    QUESTIONS,
    TRAIN,
    VALIDATION,
    Recipe,
    Sources,
    mixed,
    pick,
)
from hypermaml.data.language.sources.cldr import CONTINENTS, LICENSE
from hypermaml.data.language.task import Instance

_LABELS = ("entailment", "neutral", "contradiction")
_NAMES = ("Ann", "Ben", "Carla", "David", "Emma", "Felix", "Grace", "Hugo", "Iris", "Jonas", "Karim", "Lena")
_DOES = ("lives", "works", "was born", "spent the summer", "went to school", "owns a house")


def _countries(sources: Sources) -> list[tuple[str, str]]:
    """Codes and English names, without cities that CLDR has a note on."""
    return mixed((item for item in sources.cldr.countries("en").items() if "SAR" not in item[1]), "countries")


def _continent(sources: Sources) -> Iterator[Instance]:
    for code, name in _countries(sources):
        yield Instance(name, (sources.cldr.continents[code],))


def _currency(sources: Sources) -> Iterator[Instance]:
    names = sources.cldr.currencies("en")
    for code, name in _countries(sources):
        if own := names.get(sources.cldr.money.get(code, "")):
            yield Instance(name, (own, own.split()[-1]) if " " in own else (own,))


def _language(sources: Sources) -> Iterator[Instance]:
    names = sources.cldr.languages("en")
    for code, name in _countries(sources):
        if own := [names[each] for each in sources.cldr.official.get(code, ()) if each in names]:
            yield Instance(name, tuple(own))


def _places(sources: Sources) -> Iterator[Instance]:
    """Where somebody is: a country is in its continent, and in no other."""
    cldr = sources.cldr
    for code, name in _countries(sources):
        home = cldr.continents[code]
        other = pick([each for each in CONTINENTS if each != home], code)
        who = pick(_NAMES, "who", code)
        for label, place, said in zip(_LABELS, (name, home, name), (home, name, other), strict=True):
            does = pick(_DOES, "does", code, label)
            yield Instance(f"Premise: {who} {does} in {place}.\nHypothesis: {who} {does} in {said}.", (label,))


def _recipe(name: str, split: str, make, labels: tuple[str, ...], *definitions: str) -> Recipe:
    return Recipe(f"qa_{name}", QUESTIONS, split, "CLDR", LICENSE, definitions, make, labels)


RECIPES = (
    _recipe(
        "continent",
        TRAIN,
        _continent,
        tuple(CONTINENTS),
        "On which continent is this country or territory? Answer Africa, the Americas, Asia, Europe or Oceania.",
        "Name the continent of the place: Africa, the Americas, Asia, Europe or Oceania.",
        "Tell which part of the world it lies in: Africa, the Americas, Asia, Europe or Oceania.",
        "A country is given. Write its continent, one of Africa, the Americas, Asia, Europe and Oceania.",
    ),
    _recipe(
        "currency",
        TRAIN,
        _currency,
        (),
        "Which currency is used in this country?",
        "Name the money that people pay with there.",
        "Give the currency of the given country or territory.",
        "A country is given. Answer with its official money.",
    ),
    _recipe(
        "language_of_country",
        VALIDATION,
        _language,
        (),
        "Name an official language of this country.",
        "Which language is official there?",
        "A country or territory is given. Answer with a language that its government uses.",
        "What is the official language of the given place?",
    ),
    Recipe(
        "nli_places",
        ENTAILMENT,
        TRAIN,
        "CLDR",
        LICENSE,
        (
            "Does the premise about a place entail the hypothesis, contradict it, or neither? Answer entailment, "
            "contradiction or neutral.",
            "Two sentences tell where someone is. Say entailment if the second follows, contradiction if it cannot be, "
            "else neutral.",
            "Use geography to judge the hypothesis: entailment, contradiction or neutral.",
            "Given the premise, is the hypothesis about the place certain (entailment), impossible (contradiction) or "
            "open (neutral)?",
        ),
        _places,
        _LABELS,
    ),
)
