"""Characters of several alphabets, and their images."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

SIDE = 28  # pixels
SHARES: Mapping[str, float] = {"meta-train": 0.7, "meta-validation": 0.1, "meta-test": 0.2}  # of the alphabets

Images = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True, eq=False)
class Characters:
    """Characters in a fixed order; some may have more images than others.

    Attributes:
        names: `alphabet/character`, each once.
        alphabets: of each character.
        images: of each character, `(image, 28, 28)` of uint8: 255 is ink, 0 is ground.
        folder: where the characters are folders, the one that holds the alphabets.

    Raises:
        ValueError: the three differ in length, a name comes twice, or images have another shape or type.
    """

    names: tuple[str, ...]
    alphabets: tuple[str, ...]
    images: tuple[Images, ...] = field(repr=False)
    folder: Path | None = None

    def __post_init__(self):
        if not len(self.names) == len(self.alphabets) == len(self.images):
            lengths = f"{len(self.names)} names, {len(self.alphabets)} alphabets and {len(self.images)} sets of images"
            raise ValueError(f"there are {lengths}, but each character has one of each")
        if len(set(self.names)) < len(self.names):
            twice = next(name for place, name in enumerate(self.names) if name in self.names[:place])
            raise ValueError(f"{twice} is the name of two characters, but each has its own")
        for name, images in zip(self.names, self.images, strict=True):
            if images.dtype != np.uint8 or images.shape[1:] != (SIDE, SIDE):
                found = f"{images.dtype} of shape {images.shape}"
                raise ValueError(f"the images of {name} are {found}, but they must be uint8 of shape (images, 28, 28)")

    def __len__(self) -> int:
        return len(self.names)

    def place(self, name: str) -> str:
        """Where a reader finds the character: its folder if it has one, otherwise its name."""
        return str(self.folder / name) if self.folder else name

    def stacked(self, images: int) -> Images:
        """The first images of each character as one array.

        Args:
            images: of each character, at least 1.

        Returns:
            `(character, image, 28, 28)` of uint8.

        Raises:
            ValueError: a character has fewer images, or there are no characters.
        """
        if images < 1 or not self.names:
            raise ValueError(f"{images} images of {len(self)} characters were asked for, but both must be at least 1")
        for name, own in zip(self.names, self.images, strict=True):
            if len(own) < images:
                raise ValueError(f"{self.place(name)} has {_count(len(own), 'image')}, but {images} are needed")
        return np.stack([own[:images] for own in self.images])

    def split(self) -> dict[str, Characters]:
        """Parts the alphabets, about 70 : 10 : 20, by a hash of their names alone: no image can change it.

        Returns:
            The characters of meta-train, meta-validation and meta-test, in their order here.

        Raises:
            ValueError: there are fewer than three alphabets.
        """
        alphabets = sorted(set(self.alphabets), key=lambda name: hashlib.sha256(name.encode()).digest())
        if len(alphabets) < len(SHARES):
            where = f" in {self.folder}" if self.folder else ""
            raise ValueError(
                f"{_count(len(alphabets), 'alphabet')}{where} cannot be split into {', '.join(SHARES)}: "
                f"at least {len(SHARES)} are needed"
            )
        validation, test = (max(1, round(SHARES[name] * len(alphabets))) for name in ("meta-validation", "meta-test"))
        parts = alphabets[validation + test :], alphabets[:validation], alphabets[validation : validation + test]
        return {name: self.of(set(part)) for name, part in zip(SHARES, parts, strict=True)}

    def of(self, alphabets: set[str]) -> Characters:
        """The characters of these alphabets, in their order here."""
        kept = [place for place, alphabet in enumerate(self.alphabets) if alphabet in alphabets]
        return Characters(
            tuple(self.names[place] for place in kept),
            tuple(self.alphabets[place] for place in kept),
            tuple(self.images[place] for place in kept),
            self.folder,
        )


def check_counts(characters: Characters, *, ways: int, split: str, one_script: bool = False) -> None:
    """Raise `ValueError` where a split has fewer characters than a task has classes.

    Args:
        characters: of the split.
        ways: classes of a task.
        split: its name, for the sentence.
        one_script: whether the characters of a task are all of one alphabet.
    """
    if len(characters) < ways:
        raise ValueError(f"ways is {ways}, but {split} has only {_count(len(characters), 'character')}")
    alphabet, most = Counter(characters.alphabets).most_common(1)[0]
    if one_script and most < ways:
        raise ValueError(
            f"ways is {ways} and a task is of one script, but no alphabet of {split} has as many characters: the "
            f"largest, {alphabet}, has {_count(most, 'character')}"
        )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
