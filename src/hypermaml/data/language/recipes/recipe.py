"""What a recipe is, and choices that depend on nothing but the words chosen from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hypermaml.data.language.sources.cldr import Cldr
from hypermaml.data.language.sources.wordnet import WordNet
from hypermaml.data.language.task import Instance

T = TypeVar("T")

QUESTIONS, ENTAILMENT, PARAPHRASE, TRANSLATION = (
    "question answering",
    "natural language inference",
    "paraphrase",
    "translation",
)
TRAIN, VALIDATION, TEST, EXTRAPOLATION = "meta-train", "meta-validation", "meta-test", "extrapolation"
HELD = 0.4  # of the words are kept from meta-training


@dataclass(frozen=True)
class Sources:
    """What recipes read.

    Attributes:
        wordnet: words and their relations.
        cldr: names in many languages.
        sentiment: of words, how pleasant they are, in [-4, 4].
        fits: whether words may be used together in the task that is being made.
    """

    wordnet: WordNet
    cldr: Cldr
    sentiment: Mapping[str, float]
    fits: Callable[..., bool] = lambda *words: True


@dataclass(frozen=True)
class Recipe:
    """A task that is yet to be made.

    Attributes:
        name: of the task; the first part tells the kind.
        kind: of the task.
        split: of the task. Words of WordNet are parted in two: meta-training uses one part, all other splits the other.
        source: what the instances are made from.
        license: of that.
        definitions: sentences that say what to do, each enough by itself.
        make: the instances in an order that is mixed already, perhaps more than are needed.
        labels: the answers of a classification, which are given equally often; empty where answers are open.
        languages: of inputs and outputs.
    """

    name: str
    kind: str
    split: str
    source: str
    license: str
    definitions: tuple[str, ...]
    make: Callable[[Sources], Iterable[Instance]]
    labels: tuple[str, ...] = ()
    languages: tuple[str, str] = ("English", "English")


def held_out(word: str) -> bool:
    """Whether a word belongs to the part that meta-training does not see."""
    return _number(word.lower()) < HELD * 2**64


def mixed(items: Iterable[T], *seed: object) -> list[T]:
    """The items in an order that a hash decides: equal items and seeds give an equal order on every machine."""
    return sorted(items, key=lambda item: (_number(item, *seed), str(item)))


def pick(items: Sequence[T], *seed: object) -> T:
    """One of the items, by a hash of the seed."""
    return items[_number(*seed) % len(items)]


def below(most: int, *seed: object) -> int:
    """A number from 0 to `most` - 1, by a hash of the seed."""
    return _number(*seed) % most


def article(word: str) -> str:
    """The word after "a" or "an", by its spelling."""
    vowel = word[0] in "aeio" or (word[0] == "u" and not word.startswith(("uni", "use", "usu", "ute", "eu")))
    return f"{'an' if vowel or word.startswith(('hour', 'honest', 'heir')) else 'a'} {word}"


def _number(*seed: object) -> int:
    told = repr(seed)
    if " at 0x" in told:
        raise TypeError(f"{told} has an address in it, which another process has elsewhere")
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:8])
