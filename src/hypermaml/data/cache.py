"""Where the glyphs lie once they are drawn, and the small set that ships with the package."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypermaml._misc.cache import cache_folder
from hypermaml.data.archive import read_archive
from hypermaml.data.characters import Characters

SMALL_FILE = Path(__file__).with_name("small.npz")


def cache_file(variables: Mapping[str, str] = os.environ) -> Path:
    """`glyphs.npz` in the folder of `cache_folder`."""
    return cache_folder(variables) / "glyphs.npz"


def load_glyphs(path: Path | None = None) -> Characters:
    """The glyphs that `hypermaml data glyphs` drew: by default 20 images of each letter of some 140 scripts.

    Args:
        path: of the file; by default the cache.

    Raises:
        FileNotFoundError: they are not drawn yet.
        ValueError: the file is damaged. Both sentences name the command that mends it.
    """
    return read_glyphs(path)[0]


def read_glyphs(path: Path | None = None) -> tuple[Characters, dict[str, Any]]:
    """As `load_glyphs`, with what they were made with: images, seed, fonts and their versions, Pillow, FreeType."""
    path, given = path or cache_file(), path
    where = f" --out {given}" if given else ""
    try:
        return read_archive(path)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"the glyphs are not in {path}: draw them with `hypermaml data glyphs{where}`"
        ) from None
    except ValueError as error:
        raise ValueError(f"{error}: draw it again with `hypermaml data glyphs --overwrite{where}`") from None


def load_small() -> Characters:
    """The small set of the package: 20 images each of 10 letters of 12 scripts, for tests and first steps.

    It is drawn as the glyphs are. Every image has 16 grey levels, and zlib halves what they take.
    """
    return read_archive(SMALL_FILE)[0]
