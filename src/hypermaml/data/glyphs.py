"""The glyphs: images of the letters of some 140 scripts, drawn from fonts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import __version__ as pillow
from PIL import features

from hypermaml.data.characters import Characters
from hypermaml.data.fonts import FEWEST, FONTS, Script, evenly, find_scripts, versions_of
from hypermaml.data.render import distinct, draw

LETTERS = 60  # of a script, at most
IMAGES = 20  # of a letter, as many as Omniglot has
SMALL = (
    "Armenian",
    "Canadian Aboriginal",
    "Cherokee",
    "Devanagari",
    "Ethiopic",
    "Georgian",
    "Glagolitic",
    "Greek",
    "Hebrew",
    "Old Persian",
    "Tamil",
    "Thai",
)
SMALL_LETTERS = 10


def draw_glyphs(
    fonts: Path = FONTS,
    *,
    images: int = IMAGES,
    seed: int = 0,
    small: bool = False,
    report: Callable[[int, int], None] = lambda done, letters: None,
) -> tuple[Characters, dict[str, Any]]:
    """Draws the letters of all scripts that the fonts cover, or of the dozen of the small set.

    Args:
        fonts: the folder of the font files.
        images: of each letter, at least 1.
        seed: decides faces and deformations, not letters; at least 0.
        small: ten letters each of twelve scripts instead of sixty each of all.
        report: told after each letter how many are drawn, and of how many.

    Returns:
        The characters, named as `Greek/U+03B1` and sorted by script and letter; and what they were made with.

    Raises:
        ModuleNotFoundError: the extra `glyphs` is not installed.
        FileNotFoundError: the fonts are absent.
        ValueError: a number is too small, a font is damaged, or the fonts lack a script of the small set.
    """
    if images < 1 or seed < 0:
        raise ValueError(f"images is {images} and seed {seed}, but they must be at least 1 and 0")
    chosen = []
    for script in _scripts(fonts, small):
        letters = evenly(script.letters, LETTERS)
        letters = distinct(letters, {letter: script.faces[letter][0] for letter in letters})
        if len(letters) >= FEWEST:
            chosen.append((script, evenly(letters, SMALL_LETTERS) if small else letters))
    names, alphabets, series, faces = [], [], [], set()
    letters = sum(len(letters) for _, letters in chosen)
    for script, kept in chosen:
        for letter in kept:
            names.append(f"{script.name}/U+{ord(letter):04X}")
            alphabets.append(script.name)
            series.append(draw(script.code, letter, script.faces[letter], images=images, seed=seed))
            faces |= set(script.faces[letter])
            report(len(names), letters)
    made = {"images": images, "seed": seed, "small": small, "fonts": versions_of(sorted(faces))}
    made |= {"pillow": pillow, "freetype": features.version("freetype2")}
    return Characters(tuple(names), tuple(alphabets), tuple(series)), made


def _scripts(fonts: Path, small: bool) -> list[Script]:
    scripts = find_scripts(fonts)
    if not small:
        return scripts
    if missing := set(SMALL) - {script.name for script in scripts}:
        raise ValueError(f"the fonts in {fonts} lack {min(missing)}, one of the {len(SMALL)} scripts of the small set")
    return [script for script in scripts if script.name in SMALL]
