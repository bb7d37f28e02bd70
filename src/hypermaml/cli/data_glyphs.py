"""The glyphs: images of the letters of some 140 scripts, drawn from Noto's fonts and kept for the family glyphs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from hypermaml._misc.checks import check_seed
from hypermaml.cli.data import refuse_file
from hypermaml.cli.parse import OptionalPath, parse
from hypermaml.data.fonts import FONTS

if TYPE_CHECKING:
    from hypermaml.data.characters import Characters


@dataclass(frozen=True)
class Options:
    """What is drawn, and where it is kept."""

    fonts: Annotated[Path, tyro.conf.arg(metavar="DIR")] = FONTS
    """The folder of the font files: Noto's, or others."""
    out: Annotated[
        OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: glyphs.npz in the user's cache)")
    ] = None
    """The .npz file. The cache's folder is HYPERMAML_CACHE, or hypermaml in XDG_CACHE_HOME or ~/.cache."""
    images: int = 20
    """Of each letter, >= 1."""
    seed: int = 0
    """Decides fonts and deformations, >= 0."""
    small: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Draw the small set that ships with the package: 10 letters each of 12 scripts; needs --out."""
    overwrite: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Draw the glyphs anew where the file exists."""
    sheet: Annotated[OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: none)")] = None
    """A .png file for a sheet to look at, with a row of letters for each script."""

    def __post_init__(self):
        if self.images < 1:
            raise ValueError(f"images is {self.images}, but it must be at least 1")
        check_seed(self.seed)
        if self.small and self.out is None:
            raise ValueError("--small needs --out FILE: the set that ships with the package is not written over")


def run(args: list[str]) -> None:
    """Draws the glyphs unless they are there, and tells what they are."""
    (options,) = parse((Options(),), args, prog="hypermaml data glyphs", about=__doc__ or "")
    refuse_file("--out", options.out, ".npz", b"PK")
    refuse_file("--sheet", options.sheet, ".png", b"\x89PNG")
    from hypermaml.data.cache import cache_file, read_glyphs

    path = options.out or cache_file()
    there = path.exists() and not options.overwrite
    if not there:
        build(options, path)
    characters, made = read_glyphs(options.out)
    show(characters, path, made)
    if there:
        print("They were there already; draw them again with --overwrite.")
    if options.sheet is not None:
        from hypermaml._misc.atomic import write_atomic
        from hypermaml.data.sheet import contact_sheet

        write_atomic(options.sheet, contact_sheet(characters))
        print(f"Sheet: {options.sheet}")


def build(options: Options, path: Path) -> None:
    """Draws, with progress on standard error, and writes the file; a missing cache folder is made."""
    from hypermaml.cli.progress import Monitor
    from hypermaml.cli.terminal import errors

    with Monitor(errors(), "reading the fonts") as monitor:
        from hypermaml.data.archive import write_archive
        from hypermaml.data.glyphs import draw_glyphs

        characters, made = draw_glyphs(
            options.fonts,
            images=options.images,
            seed=options.seed,
            small=options.small,
            report=lambda done, letters: monitor.draw(done, letters, "letters"),
        )
        monitor.say("writing the file")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_archive(path, characters, made)


def show(characters: Characters, path: Path, made: dict[str, Any]) -> None:
    """Prints what the file holds, a fact a line."""
    from hypermaml.data.archive import digest

    images = sum(map(len, characters.images))
    size = path.stat().st_size / 1e6
    print(f"Scripts: {len(set(characters.alphabets))}")
    print(f"Letters: {len(characters):,}")
    print(f"Images: {images:,} ({made['images']} a letter, seed {made['seed']})")
    print(f"File: {path} ({size:.1f} MB)")
    print(f"SHA-256 of the contents: {digest(characters)}")
