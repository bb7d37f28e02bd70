"""Characters from a folder of images, laid out as Omniglot is: `alphabet/character/image.png`."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from hypermaml.data.characters import SIDE, Characters, Images

KINDS = (".png", ".jpg", ".jpeg", ".bmp")
LAYOUT = "FOLDER/alphabet/character/image.png"


def load_folder(folder: Path) -> Characters:
    """Reads each image as grey levels of 28 × 28 pixels with ink = 255.

    The rarer of dark and bright is the ink, so that black on white and white on black are read alike. What is not
    square is padded with ground. Everything is sorted by name; hidden files are left out.

    Args:
        folder: of alphabets. Omniglot's two parts, `images_background` and `images_evaluation`, are such folders.

    Raises:
        ValueError: the folder is absent or laid out otherwise, an image belongs to no character, a character has no
            images, or a file cannot be read.
    """
    if not folder.is_dir():
        raise ValueError(f"the folder {folder} does not exist; name one laid out as {LAYOUT}")
    names, alphabets, images = [], [], []
    for alphabet in _folders(folder):
        loose = [file for file in _visible(alphabet) if file.suffix.lower() in KINDS]
        if loose and _folders(alphabet):
            where = f"{loose[0]} and {len(loose) - 1} more lie" if len(loose) > 1 else f"{loose[0]} lies"
            raise ValueError(f"{where} beside the characters of {alphabet.name}, not in one: the layout is {LAYOUT}")
        for character in _folders(alphabet):
            names.append(f"{alphabet.name}/{character.name}")
            alphabets.append(alphabet.name)
            images.append(_images(character))
    if not names:
        raise ValueError(f"{folder} holds {len(_folders(folder))} folders but no characters: it must be {LAYOUT}")
    return Characters(tuple(names), tuple(alphabets), tuple(images), folder)


def read_image(path: Path) -> Images:
    """One image, `(28, 28)` of uint8, 255 is ink.

    Raises:
        ValueError: the file is no image, is damaged, or shows nothing.
    """
    try:
        with Image.open(path) as file:
            if file.has_transparency_data:
                colours = file.convert("RGBA")
                grey = Image.alpha_composite(Image.new("RGBA", file.size, "white"), colours).convert("L")
            else:
                grey = file.convert("L")
    except FileNotFoundError:
        raise
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError):
        raise ValueError(f"{path} cannot be read: it is damaged or no image") from None
    pixels = np.asarray(grey)
    darkest, brightest = int(pixels.min()), int(pixels.max())
    if darkest == brightest:
        raise ValueError(f"{path} shows nothing: its pixels are all alike")
    bright = 2 * np.count_nonzero(pixels > (darkest + brightest) // 2)
    if bright > pixels.size:
        grey = ImageOps.invert(grey)
    return np.asarray(ImageOps.pad(grey, (SIDE, SIDE), Image.Resampling.LANCZOS, color=0))


def _images(character: Path) -> Images:
    files = [file for file in _visible(character) if file.is_file()]
    if not files:
        inside = _folders(character)
        deeper = f" but {len(inside)} folders: name the folder of alphabets, laid out as {LAYOUT}" if inside else ""
        raise ValueError(f"{character} holds no images{deeper or '; add some or remove it'}")
    if odd := [file for file in files if file.suffix.lower() not in KINDS]:
        raise ValueError(f"{odd[0]} is no image that is read here: one ends in {', '.join(KINDS)}")
    return np.stack([read_image(file) for file in files])


def _folders(folder: Path) -> list[Path]:
    return [entry for entry in _visible(folder) if entry.is_dir()]


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
