"""Characters from a folder of images, laid out as Omniglot is: `alphabet/character/image.png`."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from hypermaml.data.characters import Characters, Images
from hypermaml.data.image import KINDS, read_image

LAYOUT = "FOLDER/alphabet/character/image.png"
SPLITS = re.compile(
    r"(meta-)?(train|training|val|valid|validation|dev|test|testing|eval|evaluation)|(images_)?(background|evaluation)"
)


def load_folder(folder: Path) -> Characters:
    """Reads each image as grey levels of 28 × 28 pixels with ink = 255.

    The rarer of dark and bright is the ink, so that black on white and white on black are read alike. What is not
    square is padded with ground. Everything is sorted by name; hidden files are left out.

    Args:
        folder: of alphabets. Omniglot's two parts, `images_background` and `images_evaluation`, are such folders.

    Raises:
        ValueError: the folder is absent or laid out otherwise, its alphabets are named as splits, an image belongs to
            no character, a character has no images, a file cannot be read, or all images of a character
            are those of earlier ones.

    Warns:
        UserWarning: images that equal an earlier one are left out.
    """
    if not folder.is_dir():
        raise ValueError(f"the folder {folder} does not exist; name one laid out as {LAYOUT}")
    found: dict[str, list[Path]] = {}
    splits = [each.name for each in _folders(folder) if SPLITS.fullmatch(each.name.lower())]
    for alphabet in _folders(folder):
        loose = [file for file in _visible(alphabet) if file.suffix.lower() in KINDS and not file.is_dir()]
        if loose and _folders(alphabet):
            where = f"{loose[0]} and {len(loose) - 1} more lie" if len(loose) > 1 else f"{loose[0]} lies"
            raise ValueError(f"{where} beside the characters of {alphabet.name}, not in one: the layout is {LAYOUT}")
        found |= {f"{alphabet.name}/{character.name}": _images(character) for character in _folders(alphabet)}
    if not found:
        raise ValueError(f"{folder} holds {len(_folders(folder))} folders but no characters: it must be {LAYOUT}")
    if len(splits) > 1:
        raise ValueError(
            f"{folder} holds {' and '.join(splits)}, which are names of splits, but its folders must be alphabets "
            f"({LAYOUT}), of which splits are made: put each class once into an alphabet"
        )
    return Characters(tuple(found), tuple(name.partition("/")[0] for name in found), _different(folder, found), folder)


def _different(folder: Path, found: Mapping[str, Sequence[Path]]) -> tuple[Images, ...]:
    """Read the images of each character, but none that an earlier file shows.

    Support and query, or two splits, would have it in common.

    Raises:
        ValueError: nothing is left of a character.
    """
    first: dict[bytes, Path] = {}
    again: list[Path] = []
    stacks: list[Images] = []
    for name, files in found.items():
        images, same = [], None
        for file in files:
            image = read_image(file)
            same = first.setdefault(image.tobytes(), file)
            if same == file:
                images.append(image)
            else:
                again.append(file)
        if not images:
            raise ValueError(f"{folder / name} shows nothing of its own: {files[-1]} is the image {same}")
        stacks.append(np.stack(images))
    if again:
        count = (
            "one image equals an earlier one and is"
            if len(again) == 1
            else f"{len(again)} images equal earlier ones and are"
        )
        warnings.warn(
            f"{folder}: {count} left out, since a test must show nothing that training or its support set has shown: "
            f"{again[0]}",
            stacklevel=2,
        )
    return tuple(stacks)


def _images(character: Path) -> list[Path]:
    files, inside = [file for file in _visible(character) if not file.is_dir()], _folders(character)
    if not files:
        deeper = f" but {len(inside)} folders: name the folder of alphabets, laid out as {LAYOUT}" if inside else ""
        raise ValueError(f"{character} holds no images{deeper or '; add some or remove it'}")
    if odd := [file for file in files if file.suffix.lower() not in KINDS]:
        raise ValueError(f"{odd[0]} is no image that is read here: one ends in {', '.join(KINDS)}")
    if inside:
        raise ValueError(f"{character} holds images and the folder {inside[0].name}, but the layout is {LAYOUT}")
    return files


def _folders(folder: Path) -> list[Path]:
    return [entry for entry in _visible(folder) if entry.is_dir()]


def _visible(folder: Path) -> list[Path]:
    """Return what is in a folder, sorted, without hidden entries.

    Raises:
        ValueError: the folder cannot be listed, or a name is not text.
    """
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise ValueError(f"the folder {folder} cannot be read: {error.strerror}") from None
    for entry in entries:
        try:
            entry.name.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{folder} holds {entry.name!a}, whose name is not UTF-8: rename it") from None
    return entries
