"""Does one sentence follow from another? Pairs from WordNet's hypernyms, antonyms and synonyms."""

from __future__ import annotations

from collections.abc import Iterator

from hypermaml.data.language.recipes.questions import by_topic
from hypermaml.data.language.recipes.recipe import (
    ENTAILMENT,
    TEST,
    TRAIN,
    VALIDATION,
    Recipe,
    Sources,
    article,
    mixed,
    pick,
)
from hypermaml.data.language.sources.wordnet import ANTONYM, ENTAILS, HYPERNYM, LICENSE, SIMILAR
from hypermaml.data.language.task import Instance

_LABELS = ("entailment", "neutral", "contradiction")
_JUDGED = ("yes", "maybe", "no")
_IT = ("It is {}.", "This is {}.", "That was {}.", "What she drew is {}.", "The thing in the picture is {}.")
_PLACES = ("in the garden", "in the house", "on the hill", "near the river", "behind the wall", "in the picture")
_QUALITIES = ("old", "small", "new", "good", "important", "beautiful", "strange", "famous", "common", "clean")


def _kinds(sources: Sources, seed: str) -> Iterator[tuple[str, str, str]]:
    """A noun, a more general one, and a noun of another topic that is neither."""
    wordnet, topics = sources.wordnet, by_topic(sources, "n")
    for topic, word in mixed([(topic, word) for topic, words in topics.items() for word in words], seed):
        synset = wordnet.sense("n", word)
        above = {one.words[0]: one.key for one in wordnet.above(synset)[:5] if one.topic == synset.topic}
        near = [name for name, key in above.items() if name in topics[topic] and wordnet.sense("n", name).key == key]
        if near:
            other = pick([name for name in topics if name != topic], seed, word)
            yield word, near[0], pick(topics[other], seed, word)


def _nouns(sources: Sources) -> Iterator[Instance]:
    for word, general, other in _kinds(sources, "nouns"):
        form = pick(_IT, word)
        pairs = (word, general, "entailment"), (general, word, "neutral"), (word, other, "contradiction")
        for first, second, label in pairs:
            said = form.format(article(first)), form.format(article(second))
            yield Instance(f"Premise: {said[0]}\nHypothesis: {said[1]}", (label,), (word, general, other))


def _negation(sources: Sources) -> Iterator[Instance]:
    for word, general, other in _kinds(sources, "negation"):
        place = pick(_PLACES, word)
        cases = (
            (f"There is {article(word)} {place}.", f"There is {article(general)} {place}.", "yes"),
            (f"There is no {general} {place}.", f"There is no {word} {place}.", "yes"),
            (f"There is no {word} {place}.", f"There is no {general} {place}.", "maybe"),
            (f"There is {article(word)} {place}.", f"There is no {other} {place}.", "maybe"),
            (f"There is {article(word)} {place}.", f"There is no {general} {place}.", "no"),
            (f"There is no {general} {place}.", f"There is {article(word)} {place}.", "no"),
        )
        for first, second, label in (cases[place] for place in pick([(0, 2, 4), (1, 3, 5)], "cases", word)):
            yield Instance(f"{first}\n{second}", (label,), (word, general, other))


def _quantifiers(sources: Sources) -> Iterator[Instance]:
    for word, general, other in _kinds(sources, "quantifiers"):
        how = pick(_QUALITIES, word)
        cases = (
            (f"Every {general} is {how}.", f"Every {word} is {how}.", "entailment"),
            (f"No {general} is {how}.", f"No {word} is {how}.", "entailment"),
            (f"Some {word} is {how}.", f"Some {general} is {how}.", "entailment"),
            (f"Every {word} is {how}.", f"Every {general} is {how}.", "neutral"),
            (f"Some {general} is {how}.", f"Some {word} is {how}.", "neutral"),
            (f"No {word} is {how}.", f"No {general} is {how}.", "neutral"),
            (f"No {general} is {how}.", f"Some {word} is {how}.", "contradiction"),
            (f"Some {word} is {how}.", f"No {general} is {how}.", "contradiction"),
            (f"No {general} is {how}.", f"Every {word} is {how}.", "contradiction"),
        )
        for group in range(3):
            first, second, label = cases[3 * group + len(word) % 3]
            yield Instance(f"Premise: {first}\nHypothesis: {second}", (label,), (word, general, other))


def _verbs(sources: Sources) -> Iterator[Instance]:
    """Intransitive and transitive verbs under a general frame, with what they entail or are a way of."""
    wordnet = sources.wordnet
    for word in mixed(wordnet.common("v"), "verbs"):
        synset = wordnet.sense("v", word)
        keys = [key for kind in (ENTAILS, HYPERNYM) for key in synset.links.get(kind, ())]
        for above in (wordnet.synsets[key] for key in keys[:1]):
            general, object_ = above.words[0], "" if {1, 2} & synset.frames else " it"
            fit = ({1, 2} if not object_ else {8, 11}) & synset.frames & above.frames
            usual = general in wordnet.common("v") and wordnet.sense("v", general).key == above.key
            if not fit or not usual or general == word or not sources.fits(word, general):
                continue
            who = pick(["She", "He", "They", "Our neighbor", "Someone"], word)
            does, more = (f"{who} will {verb}{object_}." for verb in (word, general))
            not_does, not_more = (f"{who} will not {verb}{object_}." for verb in (word, general))
            yes, open_, no = _LABELS
            plain = ((does, more, yes), (more, does, open_), (does, not_more, no))
            denied = ((not_more, not_does, yes), (not_does, not_more, open_), (not_more, does, no))
            pairs = pick([plain, denied], "pairs", word)
            for first, second, label in pairs:
                yield Instance(f"Premise: {first}\nHypothesis: {second}", (label,), (word, general))


def _adjectives(sources: Sources) -> Iterator[Instance]:
    wordnet = sources.wordnet
    common = [word for word in mixed(wordnet.common("a", 2), "adjectives") if sources.fits(word)]
    for word in common:
        synset = wordnet.sense("a", word)
        against = [wordnet.synsets[key].words[place] for own, key, place in synset.lexical.get(ANTONYM, ())]
        against = [each for each in against if each.isalpha() and wordnet.is_fit(each) and sources.fits(each)]
        alike = [name for name in synset.words if name != word]
        if not against:  # a head has an antonym and is less than what is similar to it
            alike += [wordnet.synsets[key].words[0] for key in synset.links.get(SIMILAR, ())]
        alike = [each for each in alike if each in common]
        other = pick(common, "other", word)
        said = pick(["The answer is {}.", "Their plan was {}.", "It looked {}.", "The place is {}."], word)
        premise = said.format(word)
        cases = [(alike, "yes"), (against, "no"), ([other] if other not in (word, *alike, *against) else [], "maybe")]
        for found, label in cases:
            if found:
                yield Instance(f"{premise}\n{said.format(found[0])}", (label,), (word, found[0]))


def _recipe(name: str, split: str, make, labels: tuple[str, ...], *definitions: str) -> Recipe:
    return Recipe(f"nli_{name}", ENTAILMENT, split, "WordNet 3.0", LICENSE, definitions, make, labels)


RECIPES = (
    _recipe(
        "nouns",
        TRAIN,
        _nouns,
        _LABELS,
        "Does the premise entail the hypothesis? Answer entailment, neutral or contradiction.",
        "Things have kinds. Say whether the hypothesis follows (entailment), is excluded (contradiction) or neither "
        "(neutral).",
        "Judge by the meaning of the nouns: entailment, neutral or contradiction.",
        "If the premise holds, must the hypothesis hold (entailment), can it (neutral) or can it not (contradiction)?",
    ),
    _recipe(
        "verbs",
        TRAIN,
        _verbs,
        _LABELS,
        "Two sentences tell what someone will do. Does the first entail the second? Answer entailment, neutral or "
        "contradiction.",
        "Judge by the meaning of the verbs: entailment, neutral or contradiction.",
        "Label the pair of actions with entailment, neutral or contradiction.",
        "Does the hypothesis about the action follow (entailment), clash (contradiction) or stay open (neutral)?",
    ),
    _recipe(
        "adjectives",
        VALIDATION,
        _adjectives,
        _JUDGED,
        "If the first sentence is true, is the second? Answer yes, no or maybe.",
        "Compare the two properties: yes if they are alike, no if they are opposite, maybe if neither.",
        "Does the second description follow from the first? Write yes, no or maybe.",
        "Read what something is like and judge the second sentence with yes, no or maybe.",
    ),
    _recipe(
        "negation",
        TEST,
        _negation,
        _JUDGED,
        "Something is there, or is not. Given the first sentence, is the second true? Answer yes, no or maybe.",
        "Mind the negations: does the second sentence follow? Write yes, no or maybe.",
        "From what is or is not in a place, judge the second sentence: yes, no or maybe.",
        "Answer yes if the second sentence must be true, no if it must be false, maybe if it is open.",
    ),
    _recipe(
        "quantifiers",
        TEST,
        _quantifiers,
        _LABELS,
        "Mind the words every, some and no. Answer entailment, neutral or contradiction.",
        "Is the conclusion about all, some or none valid? Say entailment, neutral or contradiction.",
        "Judge by logic whether the hypothesis follows from the premise: entailment, neutral or contradiction.",
        "Sentences speak of every, some or no members of a class. Label the pair entailment, neutral or contradiction.",
    ),
)
