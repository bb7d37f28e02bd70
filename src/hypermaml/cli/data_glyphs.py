"""Draw images of the letters of some 140 scripts from Noto's fonts, and keep them for the family glyphs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from hypermaml._misc.checks import check_seed
from hypermaml.cli.files import check_output_file
from hypermaml.cli.parse import OptionalPath, parse
from hypermaml.data.fonts import FONTS


@dataclass(frozen=True)
class Options:
    """Options of the images, and their file."""

    fonts: Annotated[Path, tyro.conf.arg(metavar="DIR")] = FONTS
    """The folder of the font files, Noto's or others."""
    out: Annotated[
        OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: glyphs.npz in the user's cache)")
    ] = None
    """The .npz file. The cache's folder is HYPERMAML_CACHE, or hypermaml in XDG_CACHE_HOME or ~/.cache."""
    images: int = 20
    """Images of each letter, >= 1."""
    seed: int = 0
    """Seed of fonts and deformations, >= 0."""
    small: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Draw the small set that ships with the package: 10 letters each of 12 scripts. Needs --out."""
    overwrite: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Draw the images again where the file exists."""
    sheet: Annotated[OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: none)")] = None
    """A .png file that shows the images, a row of letters for each script."""

    def __post_init__(self):
        if self.images < 1:
            raise ValueError(f"images is {self.images}, but it must be at least 1")
        check_seed(self.seed)
        if self.small and self.out is None:
            raise ValueError("--small needs --out FILE: the set that ships with the package is not written over")


def run(args: list[str]) -> None:
    """Draw the images unless their file exists, and print a summary."""
    (options,) = parse((Options(),), args, prog="hypermaml data glyphs", about=__doc__ or "")
    check_output_file(options.out, {".npz": b"PK"})
    check_output_file(options.sheet, {".png": b"\x89PNG"}, option="--sheet")

    from hypermaml.cli.work.data_glyphs import make

    make(options)
