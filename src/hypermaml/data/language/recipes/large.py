"""Tasks that are made on the user's machine and never shipped: their sources' licenses or authors forbid it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from hypermaml.data.language.recipes.recipe import EXTRAPOLATION, TRAIN, TRANSLATION, Recipe, Sources, mixed
from hypermaml.data.language.recipes.translation import LANGUAGES, TASKS
from hypermaml.data.language.sources import freedict, iso_codes
from hypermaml.data.language.sources.vader import SNIPPETS, read_snippets
from hypermaml.data.language.task import Instance

FEWEST = 200  # entries that a dictionary or a list of names needs
_POLES = ("positive", "negative")
_CLEAR = 1.0  # of a mean rating
_TEXTS = {
    "amazonReviewSnippets": ("reviews", "a sentence from the review of a product"),
    "movieReviewSnippets": ("films", "a sentence from the review of a film"),
    "nytEditorialSnippets": ("editorials", "a sentence from a newspaper's opinion page"),
    "tweets": ("tweets", "a short message from a social network"),
}


def large_recipes(dictionaries: Path, codes: Path, locales: Path, archive: Path) -> dict[str, tuple[Recipe, ...]]:
    """What can be made of the sources that are there.

    Args:
        dictionaries: the folder of FreeDict's files.
        codes: the folder of iso-codes' JSON files.
        locales: the folder of translations.
        archive: of vaderSentiment; the lexicon alone holds no texts.

    Returns:
        The recipes by source, none where the source is absent.

    Raises:
        ValueError: a file is damaged.
    """
    return {
        "FreeDict": freedict_recipes(dictionaries),
        "iso-codes": iso_recipes(codes, locales),
        "rated texts": () if archive.suffix == ".txt" else snippet_recipes(archive),
    }


def freedict_recipes(folder: Path) -> tuple[Recipe, ...]:
    """Translation of words, a task for each dictionary that is installed."""
    found = []
    for (source, target), index in freedict.find_dictionaries(folder).items():
        words = freedict.read_dictionary(index)
        if len(words) >= FEWEST:
            ours, theirs = freedict.LANGUAGES[source], freedict.LANGUAGES[target]
            definitions = (
                f"Translate the word from {ours} into {theirs}.",
                f"Give the {theirs} word for this {ours} one.",
                f"Look the {ours} word up in a dictionary and write what it is in {theirs}.",
                f"What is this {ours} word in {theirs}?",
            )
            name = f"translate_words_{source}_{target}"
            found.append(_translation(name, ours, theirs, "FreeDict", freedict.LICENSE, definitions, words))
    return tuple(found)


def iso_recipes(folder: Path, locales: Path) -> tuple[Recipe, ...]:
    """Translation of names from English, into each language that the shipped tasks know."""
    found = []
    for language, theirs in LANGUAGES.items():
        for what, standard in iso_codes.STANDARDS.items():
            names = iso_codes.read_names(folder, locales, standard, language)
            if len(names) >= FEWEST:
                one = {"languages": "the name of a language", "subdivisions": "the name of a part of a country"}[what]
                definitions = (
                    f"Put {one} into {theirs}; it is given in English, as in a standard.",
                    f"Write the {theirs} form of {one}.",
                    f"You read {one} in English. Answer with the {theirs} one.",
                    f"What do speakers of {theirs} call this? It is {one}.",
                )
                pairs = {name: (said,) for name, said in names.items()}
                name = f"translate_iso_{what}_en_{language}"
                found.append(_translation(name, "English", theirs, "iso-codes", iso_codes.LICENSE, definitions, pairs))
    return tuple(found)


def snippet_recipes(archive: Path) -> tuple[Recipe, ...]:
    """Sentiment of sentences that people wrote and others rated."""
    found = []
    for name in SNIPPETS:
        short, what = _TEXTS[name]
        definitions = (
            f"You read {what}. Is it positive or negative?",
            f"Label {what} as positive or negative.",
            f"Judge the mood of {what}: positive or negative?",
            f"Does {what} speak well of its subject? Answer positive if so, negative if not.",
        )
        rated = {text: (_POLES[mean < 0],) for text, mean in read_snippets(archive, name).items() if abs(mean) > _CLEAR}
        recipe = Recipe(
            f"sentiment_{short}",
            "sentiment",
            EXTRAPOLATION,
            "vaderSentiment's rated texts",
            "ratings MIT; the texts are their authors'",
            definitions,
            _pairs(f"sentiment {short}", rated),
            _POLES,
        )
        found.append(recipe)
    return tuple(found)


def _translation(
    name: str,
    ours: str,
    theirs: str,
    source: str,
    license_: str,
    definitions: tuple[str, ...],
    words: Mapping[str, tuple[str, ...]],
) -> Recipe:
    """A task in the split that has its pair of languages; in meta-training where none has it."""
    splits = {frozenset((LANGUAGES[one], LANGUAGES[other])): split for split, _, one, other in TASKS}
    split = splits.get(frozenset((ours, theirs)), TRAIN)
    make = _pairs(name, words)
    return Recipe(name, TRANSLATION, split, source, license_, definitions, make, languages=(ours, theirs))


def _pairs(seed: str, answers: Mapping[str, tuple[str, ...]]) -> Callable[[Sources], Iterator[Instance]]:
    def make(sources: Sources) -> Iterator[Instance]:
        for asked in mixed(answers, seed):
            if asked not in answers[asked] and sources.wordnet.is_fit(asked):
                yield Instance(asked, answers[asked])

    return make
