"""Forms of words: inflection from WordNet's lists of exceptions, derivation from its pointers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hypermaml.data.language.recipes.recipe import TEST, TRAIN, VALIDATION, Recipe, Sources, mixed
from hypermaml.data.language.sources.wordnet import DERIVED, FROM_ADJECTIVE, LICENSE
from hypermaml.data.language.task import Instance

PARTS = {"n": "noun", "v": "verb", "a": "adjective", "r": "adverb"}


def base(name: str, letter: str) -> Callable[[Sources], Iterator[Instance]]:
    """From irregular forms of common words to the base form."""

    def make(sources: Sources) -> Iterator[Instance]:
        wordnet, found = sources.wordnet, dict[str, dict[str, None]]()
        for inflected, plain in wordnet.exceptions(name):
            plainly = (letter, plain) in wordnet.counts and inflected != plain and (inflected + plain).isalpha()
            if plainly and wordnet.is_fit(f"{plain} {inflected}") and sources.fits(plain):
                found.setdefault(inflected, {})[plain] = None
        for inflected in mixed(found, name):
            plain = tuple(found[inflected])
            yield Instance(inflected, plain, plain)

    return make


def derived(letter: str, kind: str, to: str, topic: int | None = None) -> Callable[[Sources], Iterator[Instance]]:
    """From a common word to one that is derived from it, in any of its two most frequent senses."""

    def make(sources: Sources) -> Iterator[Instance]:
        wordnet = sources.wordnet
        for word in mixed(wordnet.common(letter), letter, kind, to):
            found = [
                name
                for sense in wordnet.senses[letter, word][:2]
                for own, key, place in wordnet.synsets[sense].lexical.get(kind, ())
                if own == word and key[0] == to and topic in (None, wordnet.synsets[key].topic)
                if (name := wordnet.synsets[key].words[place]) != word and name.isalpha() and wordnet.is_fit(name)
            ]
            if found and sources.fits(word, found[0]) and (topic is None or len(found[0]) > len(word)):
                yield Instance(word, tuple(dict.fromkeys(found)), (word, found[0]))

    return make


def _adverb(sources: Sources) -> Iterator[Instance]:
    """WordNet points from the adverb to its adjective."""
    wordnet = sources.wordnet
    for word in mixed(wordnet.common("r"), "adverb"):
        for sense in wordnet.senses["r", word]:
            for own, key, place in wordnet.synsets[sense].lexical.get(FROM_ADJECTIVE, ()):
                adjective = wordnet.synsets[key].words[place]
                if own == word != adjective and adjective.isalpha() and sources.fits(word, adjective):
                    yield Instance(adjective, (word,), (word, adjective))


def _part_of_speech(sources: Sources) -> Iterator[Instance]:
    """Words that are of one part of speech alone."""
    wordnet = sources.wordnet
    pairs = [(letter, word) for letter in PARTS for word in wordnet.common(letter)]
    for letter, word in mixed(pairs, "part of speech"):
        if not any((other, word) in wordnet.senses for other in PARTS if other != letter) and sources.fits(word):
            yield Instance(word, (PARTS[letter],), (word,))


def _recipe(name: str, split: str, make, labels: tuple[str, ...], *definitions: str) -> Recipe:
    return Recipe(f"grammar_{name}", "grammar", split, "WordNet 3.0", LICENSE, definitions, make, labels)


RECIPES = (
    _recipe(
        "verb_base",
        TRAIN,
        base("verb", "v"),
        (),
        "Give the base form of this verb.",
        "The verb is in the past or ends in -ing. Write it as a dictionary lists it.",
        "Undo the inflection of the verb.",
        "Write the infinitive without to.",
    ),
    _recipe(
        "adverb",
        TRAIN,
        _adverb,
        (),
        "Make an adverb from the adjective.",
        "Write the adverb that belongs to this adjective.",
        "Which word says that something is done in this way?",
        "Turn the adjective into an adverb.",
    ),
    _recipe(
        "person",
        VALIDATION,
        derived("v", DERIVED, "n", 18),
        (),
        "What is someone called who does this? Answer with one noun.",
        "Make from the verb the noun for a person who does it.",
        "Name the doer of the action.",
        "Write the word for a person whose act this verb is.",
    ),
    _recipe(
        "singular",
        TRAIN,
        base("noun", "n"),
        (),
        "Give the singular of this noun.",
        "The noun is in the plural. Write the form for one.",
        "How is one of these called?",
        "Undo the plural of the noun.",
    ),
    _recipe(
        "noun_from_adjective",
        TEST,
        derived("a", DERIVED, "n"),
        (),
        "Make a noun from the adjective.",
        "Write the noun that names this quality.",
        "Which noun is derived from this adjective?",
        "Turn the adjective into a noun.",
    ),
    _recipe(
        "part_of_speech",
        TEST,
        _part_of_speech,
        tuple(PARTS.values()),
        "Is the word a noun, a verb, an adjective or an adverb?",
        "Name the part of speech: noun, verb, adjective or adverb.",
        "Which class of words does it belong to? Answer noun, verb, adjective or adverb.",
        "Tell the grammatical category of the word: noun, verb, adjective or adverb.",
    ),
)
