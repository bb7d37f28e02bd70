"""The same in other words: pairs and rewriting from WordNet's synonyms, definitions and example sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from hypermaml.data.language.recipes.questions import by_topic
from hypermaml.data.language.recipes.recipe import (
    PARAPHRASE,
    TEST,
    TRAIN,
    VALIDATION,
    Recipe,
    Sources,
    article,
    mixed,
    pick,
)
from hypermaml.data.language.sources.wordnet import ANTONYM, LICENSE, Synset
from hypermaml.data.language.task import Instance

_LONG = 90


def _synonyms(sources: Sources, seed: str, least: int = 1) -> Iterator[tuple[str, str, Synset, list[str]]]:
    """Part of speech, word, its most frequent sense, and the other common words of that sense."""
    wordnet = sources.wordnet
    common = {letter: dict.fromkeys(wordnet.common(letter, least)) for letter in "nvar"}
    for letter, word in mixed([(letter, word) for letter, words in common.items() for word in words], seed):
        synset = wordnet.sense(letter, word)
        same = [other for other in synset.words if other != word and other in common[letter]]
        if same and sources.fits(word, *same) and synset.key in wordnet.senses[letter, same[0]][:2]:
            yield letter, word, synset, same


def _stranger(sources: Sources, letter: str, word: str, *seed: str) -> str:
    """A frequent word of the same part of speech in none of the word's senses."""
    own = {name for key in sources.wordnet.senses[letter, word] for name in sources.wordnet.synsets[key].words}
    frequent = sources.wordnet.common(letter, 5)
    turns = (pick(frequent, place, word, *seed) for place in count())
    return next(other for other in turns if other not in own and sources.fits(other))


def _words(sources: Sources) -> Iterator[Instance]:
    for letter, word, synset, same in _synonyms(sources, "words"):
        against = [sources.wordnet.synsets[key].words[place] for _, key, place in synset.lexical.get(ANTONYM, ())]
        other = against[0] if against and sources.fits(against[0]) else _stranger(sources, letter, word)
        for second, label in ((same[0], "yes"), (other, "no")):
            yield Instance(f"{word} / {second}", (label,), (word, second))


def _synonym(sources: Sources) -> Iterator[Instance]:
    for _, word, synset, same in _synonyms(sources, "synonym"):
        if len(synset.definition) <= _LONG:
            outputs = [*same, *(name for name in synset.words if name not in (word, *same))]
            yield Instance(f"{word} ({synset.definition})", tuple(outputs), (word, *same))


def _replaced(sources: Sources, seed: str, letters: str) -> Iterator[tuple[str, str, list[str], str]]:
    """An example sentence, a word in it, the sentence with each synonym, and with a stranger."""
    for letter, word, synset, same in _synonyms(sources, seed):
        own = re.compile(rf"\b(?:(an?) )?{word}\b")
        for example in synset.examples:
            if len(own.findall(example)) == 1 and 12 <= len(example) <= 80 and letter in letters:
                if sources.wordnet.is_fit(example):
                    said = [
                        own.sub(lambda found, new=new: article(new) if found[1] else new, example)
                        for new in (*same, _stranger(sources, letter, word))
                    ]
                    yield example, word, said[:-1], said[-1]
                break


def _sentences(sources: Sources) -> Iterator[Instance]:
    for example, word, same, strange in _replaced(sources, "sentences", "nvar"):
        for second, label in ((same[0], "same"), (strange, "different")):
            yield Instance(f"A: {example}\nB: {second}", (label,), (word,))


def _rewrite(sources: Sources) -> Iterator[Instance]:
    for example, word, same, _ in _replaced(sources, "rewrite", "nvar"):
        yield Instance(f"{example}\nReplace: {word}", tuple(same), (word,))


def _definitions(sources: Sources) -> Iterator[Instance]:
    wordnet, topics = sources.wordnet, by_topic(sources, "n", 1)
    for topic, word in mixed([(topic, word) for topic, words in topics.items() for word in words], "definitions"):
        other = pick([each for each in topics[topic] if each != word], word)
        own, foreign = wordnet.sense("n", word), wordnet.sense("n", other)
        if own.key != foreign.key and max(len(own.definition), len(foreign.definition)) <= _LONG:
            for synset, label in ((own, "true"), (foreign, "false")):
                yield Instance(f"{word}: {synset.definition}", (label,), (word,))


def _choice(sources: Sources) -> Iterator[Instance]:
    for letter, word, _, same in _synonyms(sources, "choice"):
        others = dict.fromkeys(_stranger(sources, letter, word, seed) for seed in ("first", "second", "third"))
        if len(others) == 3:
            options = mixed([same[0], *others], word)
            yield Instance(f"{word}\nOptions: {', '.join(options)}", (same[0],), (word, same[0]))


def _phrases(sources: Sources) -> Iterator[Instance]:
    """Verbs of two words beside one word that means the same, or something else."""
    wordnet = sources.wordnet
    for synset in (wordnet.synsets[key] for key in mixed(wordnet.synsets, "phrases")):
        single = [word for word in synset.words if word.isalpha() and wordnet.counts.get(("v", word), 0) > 1]
        double = [word for word in synset.words if re.fullmatch("[a-z]+ [a-z]+", word)]
        fit = single and double and wordnet.is_fit(f"{single[0]} {double[0]}") and sources.fits(single[0])
        if synset.key[0] == "v" and fit:
            other = _stranger(sources, "v", single[0])
            for word, label in ((single[0], "same"), (other, "different")):
                yield Instance(f"to {double[0]} / to {word}", (label,), (double[0], word))


def _recipe(name: str, split: str, make, labels: tuple[str, ...], *told: str) -> Recipe:
    return Recipe(f"paraphrase_{name}", PARAPHRASE, split, "WordNet 3.0", LICENSE, told, make, labels)


RECIPES = (
    _recipe(
        "words",
        TRAIN,
        _words,
        ("yes", "no"),
        "Do the two words mean the same? Answer yes or no.",
        "Are these words synonyms? Write yes or no.",
        "Say yes if one word can stand for the other, otherwise no.",
        "Compare the meanings of two words: yes if they are alike, no if not.",
    ),
    _recipe(
        "synonym",
        TRAIN,
        _synonym,
        (),
        "Give another word for this one in the sense in brackets.",
        "Write a synonym of the word; its meaning is told in brackets.",
        "Which other word has this meaning?",
        "Say the same in another word.",
    ),
    _recipe(
        "sentences",
        TRAIN,
        _sentences,
        ("same", "different"),
        "Do sentences A and B say the same? Answer same or different.",
        "One word differs between A and B. Is the meaning the same or different?",
        "Is B a paraphrase of A? Write same if it is, different if it is not.",
        "Compare the two sentences and answer same or different.",
    ),
    _recipe(
        "definitions",
        TRAIN,
        _definitions,
        ("true", "false"),
        "A word and a definition: is it that word's? Answer true or false.",
        "Does the text after the colon say what the word means? Write true or false.",
        "Check the dictionary entry: true if it is right, false if it is of another word.",
        "Is the word defined correctly? Answer true or false.",
    ),
    _recipe(
        "choice",
        VALIDATION,
        _choice,
        (),
        "Which of the options means the same as the word?",
        "Choose the synonym from the options.",
        "One option could replace the word. Write that option.",
        "Pick the word that is closest in meaning.",
    ),
    _recipe(
        "rewrite",
        TEST,
        _rewrite,
        (),
        "Rewrite the sentence with another word in the place of the one named, so that it means the same.",
        "Replace the named word by a synonym and write the whole sentence.",
        "Paraphrase the sentence: change only the word that is given after it.",
        "Say the sentence again with a synonym for the marked word.",
    ),
    _recipe(
        "phrases",
        TEST,
        _phrases,
        ("same", "different"),
        "Does the verb of two words mean the same as the single verb? Answer same or different.",
        "Compare the phrasal verb with the other verb: same or different?",
        "Write same if both verbs can mean one thing, otherwise different.",
        "Is the second verb a paraphrase of the first? Answer same or different.",
    ),
)
