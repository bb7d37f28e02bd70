"""Letters as small images: drawn large, deformed, and reduced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hypermaml.data.characters import SIDE, Images

_FINE = 2  # points sampled a pixel, in each direction
_EM, _DOT = 64, 0.25  # pixels that letters are measured at, and ems that one has at least
_LETTER = 20.0  # pixels, the longer side of a letter's box before it is deformed
_ROOM = 12.0  # pixels from the centre that a letter may take
_ROTATION, _SHEAR, _SCALE, _SHIFT = np.radians(15.0), 0.3, (0.75, 1.2), 2.5  # at most; rad, 1, 1, pixels
_KNOTS, _WAVE = 5, 1.3  # random displacements a side, and their standard deviation in pixels
_FAINT = 85.0  # a hairline is darkened as if its darkest pixel were at least this grey
_ALIKE = 0.98  # cosine from which two letters count as one
_LEVELS = 16  # of grey: the eye misses none at this size, and the file takes half the space

Array = np.ndarray[Any, np.dtype[Any]]


def outline(face: Path, letter: str) -> Images | None:
    """A letter alone, cut to its ink, with a longer side of about 40 pixels.

    Args:
        face: a font file.
        letter: one character.

    Returns:
        `(height, width)` of uint8, 255 is ink; `None` if the glyph is empty.

    Raises:
        ValueError: FreeType refuses the font.
    """
    small = _ink(face, letter, _EM)
    if small is None:
        return None
    ink = _ink(face, letter, max(1, round(_EM * _FINE * _LETTER / max(small.size))))
    return None if ink is None else np.asarray(ink)


def draw(script: str, letter: str, faces: Sequence[Path], *, images: int, seed: int) -> Images:
    """Images of one letter, each in a face, a pose and a waviness of its own.

    Each image depends on the arguments, its index and the fonts alone: a longer series begins with the shorter one.

    Args:
        script: four letters of ISO 15924.
        letter: one character that all faces have.
        faces: font files to choose from.
        images: how many.
        seed: at least 0.

    Returns:
        `(image, 28, 28)` of uint8 in 16 grey levels, 255 is ink.

    Raises:
        ValueError: the letter is empty in every face.
    """
    inks = [ink for face in faces if (ink := outline(face, letter)) is not None]
    if not inks:
        raise ValueError(f"the letter U+{ord(letter):04X} is empty in every font that has it")
    series = []
    for index in range(images):
        draws = np.random.default_rng([seed, int.from_bytes(script.encode()), ord(letter), index])
        series.append(deform(inks[int(draws.integers(len(inks)))], draws))
    return np.stack(series)


def deform(ink: Images, draws: np.random.Generator) -> Images:
    """One image of a letter: rotated, sheared, scaled, shifted and bent at random, inside the frame.

    Only the bending may push a tip over the edge, in one image of some 400.

    Args:
        ink: `(height, width)`, as `outline` gives it.
        draws: where randomness comes from.

    Returns:
        `(28, 28)` of uint8 in 16 grey levels.
    """
    from scipy.ndimage import map_coordinates

    angle, shear = draws.uniform(-_ROTATION, _ROTATION), draws.uniform(-_SHEAR, _SHEAR)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    affine = turn @ np.array([[1.0, 0.0], [shear, 1.0]]) * draws.uniform(*_SCALE, size=2)  # of (row, column)
    half = np.array(ink.shape) / (2 * _FINE)
    affine *= min(1.0, _ROOM / (np.abs(affine) @ half).max())
    slack = np.minimum(_SHIFT, _ROOM - np.abs(affine) @ half)
    shift = draws.uniform(-1.0, 1.0, size=2) * slack
    wave = _BASIS @ draws.normal(scale=_WAVE, size=(2, _KNOTS, _KNOTS)) @ _BASIS.T
    points = _GRID + wave - shift[:, None, None]
    source = np.einsum("ij,jrc->irc", np.linalg.inv(affine), points) + half[:, None, None]
    fine = map_coordinates(ink.astype(np.float32), source * _FINE - 0.5, order=1, mode="grid-constant")
    coarse = fine.reshape(SIDE, _FINE, SIDE, _FINE).mean((1, 3))
    step = 255 // (_LEVELS - 1)
    return (np.rint(coarse * (255 / max(coarse.max(), _FAINT)) / step) * step).astype(np.uint8)


def distinct(letters: Sequence[str], face_of: Mapping[str, Path]) -> list[str]:
    """The letters that are more than a dot and do not look like an earlier one, size and position apart.

    Missing-glyph boxes, letters of several languages that share one form, and scaled copies of a letter fall out.

    Args:
        letters: of one script.
        face_of: the font file that each is judged by.
    """
    kept: list[str] = []
    seen = np.zeros((len(letters), int(_LETTER) ** 2))
    for letter in letters:
        face = face_of[letter]
        small, ink = _ink(face, letter, _EM), outline(face, letter)
        if small is None or ink is None or max(small.size) < _DOT * _EM:
            continue
        form = _form(ink)
        if not (seen[: len(kept)] @ form > _ALIKE).any():
            seen[len(kept)] = form
            kept.append(letter)
    return kept


def _form(ink: Images) -> Array:
    """A letter centred in a square of 20 × 20, as a vector of length 1."""
    height, width = ink.shape
    square = Image.new("L", (max(ink.shape), max(ink.shape)))
    square.paste(Image.fromarray(ink), ((square.width - width) // 2, (square.height - height) // 2))
    form = np.asarray(square.resize((int(_LETTER), int(_LETTER)), Image.Resampling.BOX), float).ravel()
    return form / np.linalg.norm(form)


def _ink(face: Path, letter: str, size: int) -> Image.Image | None:
    """A letter at a size in pixels an em, cut to its ink: FreeType's own box has its advance in it."""
    try:
        font = ImageFont.truetype(str(face), size, layout_engine=ImageFont.Layout.BASIC)
        left, top, right, bottom = map(int, font.getbbox(letter))
        canvas = Image.new("L", (max(right - left, 1), max(bottom - top, 1)))
        ImageDraw.Draw(canvas).text((-left, -top), letter, 255, font=font)
    except OSError as error:
        raise ValueError(f"the font {face} cannot be drawn with: {error}") from None
    box = canvas.getbbox()
    return canvas.crop(box) if box else None


def _basis() -> Array:
    """Weights of the knots at each sampled row, `(56, 5)`: Gaussians as wide as the knots are apart, summing to 1."""
    at = (np.arange(SIDE * _FINE) + 0.5) / (SIDE * _FINE) * (_KNOTS - 1)
    weights = np.exp(-0.5 * ((at[:, None] - np.arange(_KNOTS)) / 0.6) ** 2)
    return weights / weights.sum(1, keepdims=True)


_BASIS = _basis()
_LINE = (np.arange(SIDE * _FINE) + 0.5) / _FINE - SIDE / 2  # pixels from the centre
_GRID = np.stack(np.meshgrid(_LINE, _LINE, indexing="ij"))
