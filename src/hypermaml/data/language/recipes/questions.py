"""Questions that WordNet answers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from hypermaml.data.language.recipes.recipe import QUESTIONS, TEST, TRAIN, Recipe, Sources, mixed, pick
from hypermaml.data.language.sources.wordnet import ANTONYM, INSTANCE, LICENSE, PART, TOPICS, Synset
from hypermaml.data.language.task import Instance

_LONG = 90  # characters of a definition that is quoted


def by_topic(sources: Sources, letter: str, least: int = 1) -> dict[str, list[str]]:
    """The common words of each topic whose most frequent sense is of it, mixed."""
    found = defaultdict(list)
    for word in sources.wordnet.common(letter, least):
        topic = TOPICS[letter].get(sources.wordnet.sense(letter, word).topic)
        if topic and sources.fits(word):
            found[topic].append(word)
    return {topic: mixed(words, "topic") for topic, words in sorted(found.items())}


def _definition_choice(sources: Sources) -> Iterator[Instance]:
    topics = by_topic(sources, "n", 2)
    for topic, word in mixed([(topic, word) for topic, words in topics.items() for word in words], "choice"):
        synset = sources.wordnet.sense("n", word)
        others = [other for other in topics[topic] if other not in synset.words and other not in synset.definition]
        if len(synset.definition) <= _LONG and word not in synset.definition:
            options = mixed([word, *mixed(others, word)[:3]], "options", word)
            yield Instance(f"{synset.definition}\nOptions: {', '.join(options)}", (word,), (word,))


def _kind(sources: Sources) -> Iterator[Instance]:
    wordnet = sources.wordnet
    for word in mixed([word for words in by_topic(sources, "n").values() for word in words], "kind"):
        synset = wordnet.sense("n", word)
        near = [above for above in wordnet.above(synset) if above.topic == synset.topic][:4]
        names = [name for above in near for name in above.words if wordnet.is_fit(name) and name.islower()]
        if names and ("n", names[0]) in wordnet.counts:
            yield Instance(word, tuple(names), (word,))


def _opposite(sources: Sources) -> Iterator[Instance]:
    wordnet = sources.wordnet
    pairs = [(part, each) for part in "avrn" for each in wordnet.common(part)]
    for letter, word in mixed(pairs, "opposite"):
        against = [
            wordnet.synsets[key].words[place]
            for sense in wordnet.senses[letter, word][:2]
            for own, key, place in wordnet.synsets[sense].lexical.get(ANTONYM, ())
            if own == word
        ]
        if against and against[0].isalpha() and wordnet.is_fit(against[0]) and sources.fits(word, against[0]):
            yield Instance(word, tuple(dict.fromkeys(against)), (word, against[0]))


def _odd_one_out(sources: Sources) -> Iterator[Instance]:
    topics = by_topic(sources, "n", 2)
    for topic, words in topics.items():
        for start in range(0, len(words) - 2, 3):
            three = words[start : start + 3]
            other = pick([name for name in topics if name != topic], *three)
            odd = pick(topics[other], "odd", *three)
            yield Instance(", ".join(mixed([*three, odd], "order", *three)), (odd,), (*three, odd))


def _years(sources: Sources) -> Iterator[Instance]:
    for name, synset in _people(sources):
        born, died = re.findall(r"\d{4}", synset.definition)[-2:]
        asked, answer = pick([("was this person born", born), ("did this person die", died)], name)
        yield Instance(f"{name}: {synset.definition}. In what year {asked}?", (answer,), (name,))


def _profession(sources: Sources) -> Iterator[Instance]:
    for name, synset in _people(sources):
        works = [
            word
            for key in synset.links.get(INSTANCE, ())
            for word in sources.wordnet.synsets[key].words
            if re.search(rf"\b{word}\b", synset.definition)
        ]
        if works:
            yield Instance(f"{name}: {synset.definition}", tuple(works), (name,))


def _capital(sources: Sources) -> Iterator[Instance]:
    place = r"([A-Z][a-z]+(?: [A-Z][a-z]+)*)(?![-\w])"
    pattern = re.compile(rf"(?:^the |; the |^)capital (?:and largest city )?of (?:the )?(?:state of )?{place}")
    for synset in (sources.wordnet.synsets[key] for key in mixed(sources.wordnet.synsets, "capital")):
        found = pattern.search(synset.definition)
        if synset.topic == 15 and INSTANCE in synset.links and found:
            names = tuple(word for word in synset.words if not word.startswith("capital of "))
            yield Instance(found[1], names)


def _part_of(sources: Sources) -> Iterator[Instance]:
    wordnet = sources.wordnet
    for word in mixed(wordnet.common("n"), "part"):
        wholes = [wordnet.synsets[key] for key in wordnet.sense("n", word).links.get(PART, ())]
        names = [name for whole in wholes for name in whole.words if wordnet.is_fit(name)]
        if (
            names
            and word not in names
            and names[0].islower()
            and ("n", names[0]) in wordnet.counts
            and sources.fits(word)
        ):
            yield Instance(word, tuple(names), (word,))


def _people(sources: Sources) -> Iterator[tuple[str, Synset]]:
    """Names of people and what is said of them, with the years of birth and death at the end."""
    for synset in (sources.wordnet.synsets[key] for key in mixed(sources.wordnet.synsets, "people")):
        told = re.fullmatch(r"[A-Za-z' ,-]+ \(\d{4}-\d{4}\)", synset.definition)
        if synset.topic == 18 and INSTANCE in synset.links and told and len(synset.definition) <= _LONG:
            name = max(synset.words, key=len)
            if sources.wordnet.is_fit(synset.words[0]) and len(name) <= 30 and sources.fits(name):
                yield name, synset


def _recipe(name: str, split: str, make, *definitions: str) -> Recipe:
    return Recipe(f"qa_{name}", QUESTIONS, split, "WordNet 3.0", LICENSE, definitions, make)


RECIPES = (
    _recipe(
        "definition_choice",
        TRAIN,
        _definition_choice,
        "Read the definition and choose the one option that it defines.",
        "Which of the options does this definition describe? Answer with that word.",
        "A definition is followed by four words. Write the word that it belongs to.",
        "Pick the word that fits the given definition.",
    ),
    _recipe(
        "kind",
        TRAIN,
        _kind,
        "Say what kind of thing this is: name a more general class that it belongs to.",
        "You are given a noun. Answer with a broader term for it.",
        "What is this a kind of?",
        "Name the category one step above the given thing.",
    ),
    _recipe(
        "opposite",
        TRAIN,
        _opposite,
        "Give the opposite of the word.",
        "Which word means the reverse of this one?",
        "Answer with an antonym of the input.",
        "You read one word. Write a word with the contrary meaning.",
    ),
    _recipe(
        "odd_one_out",
        TRAIN,
        _odd_one_out,
        "Four things are listed, three of one kind. Name the one that does not belong.",
        "Which of these words is the odd one out?",
        "Find the word in the list that is of another kind than the others.",
        "Three of the words belong together. Answer with the fourth.",
    ),
    _recipe(
        "years",
        TRAIN,
        _years,
        "Read the note about a person and answer the question with a year.",
        "A short note about someone ends in a question. Answer it with the right year from the note.",
        "Find the year of birth or death that the question asks for.",
        "Answer the question about this person's life; the answer is a year.",
    ),
    _recipe(
        "profession",
        TEST,
        _profession,
        "Read the note about a person and say what this person's work was.",
        "What was the profession of the person in this note?",
        "From the note, name the occupation or role of the person in one word.",
        "Answer with the word in the text that tells what this person was known as.",
    ),
    _recipe(
        "capital",
        TEST,
        _capital,
        "Name the capital of this country or state.",
        "Which city is the capital of the given place?",
        "A country or a state is given. Answer with its capital city.",
        "What is the capital here?",
    ),
    _recipe(
        "part_of",
        TEST,
        _part_of,
        "Name something that this is a part of.",
        "The input is a part. Which whole does it belong to?",
        "What larger thing has this as one of its parts?",
        "Answer with the whole that contains the given part.",
    ),
)
