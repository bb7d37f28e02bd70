"""WordNet 3.0 (Fellbaum 1998; Princeton University), from the files of Debian's package wordnet-base."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

FOLDER = Path("/usr/share/wordnet")
LICENSE = "WordNet 3.0 license"
CLASSES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
HYPERNYM, INSTANCE, HYPONYM, ANTONYM, PART, SIMILAR = "@", "@i", "~", "!", "#p", "&"
ENTAILS, DERIVED, FROM_ADJECTIVE, USAGE = "*", "+", "\\", ";u"
# The numbers of lexicographer files that tasks name, of lexnames(5WN).
TOPICS = {
    "n": {5: "animal", 6: "artifact", 8: "body", 13: "food", 15: "place", 18: "person", 20: "plant", 28: "time"},
    "v": {29: "body", 30: "change", 31: "thought", 32: "speech", 35: "contact", 37: "feeling", 38: "motion"},
}
_UNFIT = re.compile(
    r"\b(offensive|slurs?|disparag\w+|derogat\w+|obscen\w+|vulgar\w*|sex\w*|genital\w*|rap(e|ist)|prostitut\w*|ethnic"
    r"|coitus|copulat\w+|anus|excret\w+|feces|urin\w+|masturbat\w+|semen|penis|vagina\w*|lesbian\w*|homosexual\w*"
    r"|slave\w*|negro\w*|suicid\w*|buttocks|brothel|porn\w*|erotic\w*|concentration camp|nazi\w*"
    r"|retard\w*|dick|moron\w*|idiot\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Synset:
    """Words of one meaning.

    Attributes:
        key: part of speech and offset, such as `n02084071`.
        words: the first is the most usual one.
        topic: the number of its lexicographer file.
        links: of each kind of pointer, the keys that it leads to.
        lexical: of each kind of pointer between words, (own word, key, place of the other word).
        frames: numbers of the generic sentences that all its words fit, for verbs.
        definition: the gloss without its examples.
        examples: sentences or phrases, as they stand in the gloss.
    """

    key: str
    words: tuple[str, ...]
    topic: int
    links: dict[str, list[str]] = field(repr=False)
    lexical: dict[str, list[tuple[str, str, int]]] = field(repr=False)
    frames: frozenset[int]
    definition: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class WordNet:
    """The database in a folder.

    Attributes:
        folder: of data.noun, index.noun, noun.exc and their kin, and cntlist.rev.

    Raises:
        FileNotFoundError: a file is absent.
        ValueError: a file is not laid out as wndb(5WN) tells.
    """

    folder: Path

    def __post_init__(self):
        names = [f"{part}.{name}" for part in ("data", "index") for name in CLASSES.values()]
        for name in [*names, *(f"{name}.exc" for name in ("noun", "verb", "adj")), "cntlist.rev"]:
            if not (self.folder / name).is_file():
                raise FileNotFoundError(
                    f"WordNet's {name} is not in {self.folder}: `apt install wordnet-base` lays it in {FOLDER}, "
                    "or name another folder with --wordnet"
                )

    @cached_property
    def synsets(self) -> dict[str, Synset]:
        """All synsets by key, in the order of the files."""
        return {synset.key: synset for letter in CLASSES for synset in self._data(letter)}

    @cached_property
    def senses(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Of a part of speech and a word, the keys of its synsets, the most frequent sense first."""
        found = {}
        for letter, name in CLASSES.items():
            for line in self._lines(f"index.{name}"):
                fields = line.split()
                offsets = fields[6 + int(fields[3]) :]
                found[letter, fields[0].replace("_", " ")] = tuple(letter + offset for offset in offsets)
        return found

    @cached_property
    def counts(self) -> dict[tuple[str, str], int]:
        """Of a part of speech and a word, how often it is in the tagged texts; absent words are not in them."""
        letters = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
        found: dict[tuple[str, str], int] = defaultdict(int)
        for line in (self.folder / "cntlist.rev").read_text("latin-1").splitlines():
            sense, _, count = line.split()
            word, _, rest = sense.partition("%")
            found[letters[rest[0]], word.replace("_", " ")] += int(count)
        return dict(found)

    @cached_property
    def unfit(self) -> frozenset[str]:
        """The words with a sense that is coarse, insulting or sexual: no task is made of them."""
        unfit = set()
        for synset in self.synsets.values():
            usages = {word for key in synset.links.get(USAGE, ()) for word in self.synsets[key].words}
            if _UNFIT.search(f"{synset.definition} {' '.join(synset.words)} {' '.join(usages)}"):
                unfit |= set(synset.words)
        return frozenset(word.lower() for word in unfit)

    def exceptions(self, name: str) -> Iterator[tuple[str, str]]:
        """Inflected and base forms that no rule gives, from the file of `noun`, `verb` or `adj`."""
        for line in (self.folder / f"{name}.exc").read_text("latin-1").splitlines():
            inflected, base, *_ = line.split()
            yield inflected.replace("_", " "), base.replace("_", " ")

    @cached_property
    def _fit(self) -> dict[str, list[tuple[str, int]]]:
        """Of each part of speech, the fit words of plain lower-case letters in the tagged texts and how often."""
        found: dict[str, list[tuple[str, int]]] = {letter: [] for letter in CLASSES}
        for (letter, word), count in sorted(self.counts.items()):
            plain = re.fullmatch("[a-z]{3,}", word) and (letter, word) in self.senses and self.is_fit(word)
            if plain and word in self.sense(letter, word).words:  # the index has no capitals
                found[letter].append((word, count))
        return found

    def common(self, letter: str, least: int = 1) -> list[str]:
        """Fit words of a part of speech, plain lower-case letters, that are so often in the tagged texts, sorted."""
        return [word for word, count in self._fit[letter] if count >= least]

    def is_fit(self, text: str) -> bool:
        """Whether no word of a text is unfit."""
        return text.lower() not in self.unfit and not any(
            word in self.unfit for word in re.findall(r"[a-z]+", text.lower())
        )

    def sense(self, letter: str, word: str) -> Synset:
        """The most frequent sense of a word."""
        return self.synsets[self.senses[letter, word][0]]

    def above(self, synset: Synset) -> list[Synset]:
        """The hypernyms of a synset and theirs, nearest first."""
        found = dict[str, None]()
        wave = [synset.key]
        while wave:
            wave = [
                key
                for own in wave
                for kind in (HYPERNYM, INSTANCE)
                for key in self.synsets[own].links.get(kind, ())
                if key not in found
            ]
            found |= dict.fromkeys(wave)
        return [self.synsets[key] for key in found]

    def _data(self, letter: str) -> Iterator[Synset]:
        for line in self._lines(f"data.{CLASSES[letter]}"):
            try:
                yield _synset(letter, line)
            except (ValueError, IndexError):
                raise ValueError(f"{self.folder}/data.{CLASSES[letter]}: '{line[:40]}…' is no synset") from None

    def _lines(self, name: str) -> Iterator[str]:
        lines = (self.folder / name).read_text("latin-1").splitlines()
        return (line for line in lines if not line.startswith("  "))  # which begins the license


def _synset(letter: str, line: str) -> Synset:
    fields, _, gloss = line.partition(" | ")
    offset, topic, _, count, *rest = fields.split()
    size = 2 * int(count, 16)
    words = tuple(re.sub(r"\((a|p|ip)\)$", "", word.replace("_", " ")) for word in rest[:size:2])
    pointers, links, lexical = int(rest[size]), defaultdict(list), defaultdict(list)
    rest = rest[size + 1 :]
    for place in range(pointers):
        kind, target, part, ends = rest[4 * place : 4 * place + 4]
        key = ("a" if part == "s" else part) + target
        if ends == "0000":
            links[kind].append(key)
        else:
            lexical[kind].append((words[int(ends[:2], 16) - 1], key, int(ends[2:], 16) - 1))
    verbs = rest[4 * pointers + 1 :] if letter == "v" else []
    frames = frozenset(int(verbs[place + 1]) for place in range(0, len(verbs) - 2, 3) if verbs[place + 2] == "00")
    definition = re.split(r';\s*"', gloss, maxsplit=1)[0].strip().strip(";").strip()
    examples = tuple(re.findall(r'"([^"]+)"', gloss))
    return Synset(letter + offset, words, int(topic), dict(links), dict(lexical), frames, definition, examples)
