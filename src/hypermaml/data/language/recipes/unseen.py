"""Kinds of tasks that no meta-training has: sentiment, senses of words, letters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from hypermaml.data.language.recipes.recipe import EXTRAPOLATION, Recipe, Sources, mixed, pick
from hypermaml.data.language.sources import vader
from hypermaml.data.language.sources.wordnet import LICENSE, Synset
from hypermaml.data.language.task import Instance

_POLES = ("positive", "negative")
_CLEAR, _PLAIN = 1.4, 1.8  # of a rating from which a word is pleasant, and below its negative unpleasant; in sentences
_SAID = ("The {} was {}.", "Everyone found the {} {}.", "We thought that the {} was {}.")
_DENIED = ("The {} was not {}.", "Nobody found the {} {}.", "We did not think that the {} was {}.")
_SUBJECTS = ("film", "hotel", "meal", "service", "book", "concert", "lesson", "trip", "weather", "music")


def _rated(sources: Sources, letters: str) -> list[tuple[str, float]]:
    """Fit common words with a clear rating, mixed."""
    wordnet = sources.wordnet
    common = {word for letter in letters for word in wordnet.common(letter)}
    clear = ((word, mean) for word, mean in sources.sentiment.items() if word in common and abs(mean) >= _CLEAR)
    return mixed(((word, mean) for word, mean in clear if sources.fits(word)), "rated")


def _words(sources: Sources) -> Iterator[Instance]:
    for word, mean in _rated(sources, "nvar"):
        yield Instance(word, (_POLES[mean < 0],), (word,))


def _sentences(sources: Sources) -> Iterator[Instance]:
    """Something is said to be good or bad, or not to be."""
    for word, mean in _rated(sources, "a"):
        if abs(mean) < _PLAIN or word.endswith("ed"):
            continue
        for denied, forms in ((False, _SAID), (True, _DENIED)):
            subject = pick(_SUBJECTS, word, denied)
            yield Instance(pick(forms, "form", word).format(subject, word), (_POLES[(mean < 0) != denied],), (word,))


def _nicer(sources: Sources) -> Iterator[Instance]:
    rated = _rated(sources, "nvar")
    for (word, mean), (other, others) in zip(rated[::2], rated[1::2], strict=False):
        if abs(mean - others) > _CLEAR:
            yield Instance(f"{word} or {other}", (word if mean > others else other,), (word, other))


def _used(sources: Sources) -> Iterator[tuple[str, str, list[tuple[Synset, str]]]]:
    """Common words and examples of each of their first senses that hold the word as it is."""
    wordnet = sources.wordnet
    pairs = [(part, each) for part in "nva" for each in wordnet.common(part, 2)]
    for letter, word in mixed(pairs, "used"):
        if sources.fits(word):
            found = [
                (wordnet.synsets[key], example)
                for key in wordnet.senses[letter, word][:4]
                for example in wordnet.synsets[key].examples
                if re.search(rf"\b{word}\b", example) and 10 < len(example) <= 70 and wordnet.is_fit(example)
            ]
            yield letter, word, found


def _same_sense(sources: Sources) -> Iterator[Instance]:
    """Words in context, after Pilehvar and Camacho-Collados (2019, arXiv 1808.09121)."""
    for _, word, found in _used(sources):
        for place, (synset, example) in enumerate(found):
            for other, second in found[place + 1 : place + 3]:
                label = "same" if other.key == synset.key else "different"
                yield Instance(f"{word}\nA: {example}\nB: {second}", (label,), (word,))


def _which_sense(sources: Sources) -> Iterator[Instance]:
    for letter, word, found in _used(sources):
        for synset, example in found[:1]:
            others = [key for key in sources.wordnet.senses[letter, word][:4] if key != synset.key]
            glosses = [synset.definition, *(sources.wordnet.synsets[key].definition for key in others[:1])]
            if len(glosses) == 2 and max(map(len, glosses)) <= 70:
                label = pick(["1", "2"], word)
                first, second = glosses if label == "1" else glosses[::-1]
                yield Instance(f"{word}: {example}\n1: {first}\n2: {second}", (label,), (word,))


def letters(say: Callable[[str], str | None]) -> Callable[[Sources], Iterator[Instance]]:
    """What a function makes of common words."""

    def make(sources: Sources) -> Iterator[Instance]:
        for word in mixed(sources.wordnet.common("n", 3), "letters"):
            if sources.fits(word) and len(word) <= 9 and (answer := say(word)):
                yield Instance(word, (answer,), (word,))

    return make


def _alphabetical(sources: Sources) -> Iterator[Instance]:
    words = [word for word in mixed(sources.wordnet.common("n", 3), "alphabet") if sources.fits(word)]
    for start in range(0, len(words) - 2, 3):
        three = words[start : start + 3]
        yield Instance(", ".join(three), (", ".join(sorted(three)),), tuple(three))


def _recipe(name: str, kind: str, make, labels: tuple[str, ...], *definitions: str) -> Recipe:
    source, license_ = ("VADER's lexicon", vader.LICENSE) if kind == "sentiment" else ("WordNet 3.0", LICENSE)
    return Recipe(name, kind, EXTRAPOLATION, source, license_, definitions, make, labels)


RECIPES = (
    _recipe(
        "sentiment_words",
        "sentiment",
        _words,
        _POLES,
        "Does the word sound positive or negative?",
        "Answer positive for a pleasant word and negative for an unpleasant one.",
        "Is the feeling in this word positive or negative?",
        "Label the word as positive or negative.",
    ),
    _recipe(
        "sentiment_sentences",
        "sentiment",
        _sentences,
        _POLES,
        "Is the opinion in the sentence positive or negative?",
        "Someone tells what they think. Answer positive if they liked it, negative if not.",
        "Label the sentiment of the sentence as positive or negative.",
        "Does the speaker approve? Write positive, or else negative.",
    ),
    _recipe(
        "sentiment_nicer",
        "sentiment",
        _nicer,
        (),
        "Which of the two words is the more pleasant one?",
        "Choose the word with the better feeling.",
        "Two words are given. Write the more positive one.",
        "Which word would you rather hear about yourself?",
    ),
    _recipe(
        "sense_same",
        "word sense",
        _same_sense,
        ("same", "different"),
        "Is the word used in the same sense in A and in B? Answer same or different.",
        "A word and two uses of it: do they mean the same thing or different things?",
        "Compare what the word means in both texts. Write same or different.",
        "Say same if the word keeps its meaning from A to B, otherwise different.",
    ),
    _recipe(
        "sense_which",
        "word sense",
        _which_sense,
        ("1", "2"),
        "Which definition, 1 or 2, is meant by the word in this example?",
        "Choose the sense of the word that fits the example. Answer 1 or 2.",
        "A word is used in a phrase. Say which of the two meanings it has there: 1 or 2.",
        "Pick the number of the right definition.",
    ),
    _recipe(
        "letters_reverse",
        "letters",
        letters(lambda word: word[::-1] if len(word) <= 6 else None),
        (),
        "Spell the word backwards.",
        "Reverse the order of the letters.",
        "Write the word from its last letter to its first.",
        "Turn the word around, letter by letter.",
    ),
    _recipe(
        "letters_count",
        "letters",
        letters(lambda word: str(len(word))),
        ("3", "4", "5", "6", "7", "8", "9"),
        "How many letters does the word have?",
        "Count the letters of the word.",
        "Write the length of the word as a number.",
        "Answer with the number of letters.",
    ),
    _recipe(
        "letters_vowels",
        "letters",
        letters(lambda word: re.sub("[aeiou]", "", word)),
        (),
        "Leave out the vowels a, e, i, o and u.",
        "Write only the consonants of the word, in their order.",
        "Delete every vowel from the word.",
        "What remains of the word without a, e, i, o, u?",
    ),
    _recipe(
        "letters_alphabetical",
        "letters",
        _alphabetical,
        (),
        "Put the words in alphabetical order.",
        "Sort these words from a to z.",
        "Write the three words as a dictionary would list them.",
        "Order the words by their letters.",
    ),
)
