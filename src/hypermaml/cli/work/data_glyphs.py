"""Draw the images of the family glyphs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypermaml._misc.atomic import write_atomic
from hypermaml.cli.progress import Monitor
from hypermaml.cli.terminal import errors
from hypermaml.data.archive import digest, write_archive
from hypermaml.data.cache import cache_file, read_glyphs
from hypermaml.data.characters import Characters
from hypermaml.data.glyphs import draw_glyphs
from hypermaml.data.sheet import contact_sheet

if TYPE_CHECKING:
    from hypermaml.cli.data_glyphs import Options


def make(options: Options) -> None:
    """Draw the images unless their file exists, and print a summary."""
    path = options.out or cache_file()
    there = path.exists() and not options.overwrite
    if not there:
        build_file(options, path)
    characters, made = read_glyphs(options.out)
    show(characters, path, made)
    if there:
        print("The file exists; draw it again with --overwrite.")
    if options.sheet is not None:
        write_atomic(options.sheet, contact_sheet(characters))
        print(f"Sheet: {options.sheet}")


def build_file(options: Options, path: Path) -> None:
    """Draw the images, show progress on standard error, and write the file; a missing cache folder is made."""
    with Monitor(errors(), "reading the fonts") as monitor:
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
    """Print the contents of the file, a fact a line."""
    images = sum(map(len, characters.images))
    size = path.stat().st_size / 1e6
    print(f"Scripts: {len(set(characters.alphabets))}")
    print(f"Letters: {len(characters):,}")
    print(f"Images: {images:,} ({made['images']} a letter, seed {made['seed']})")
    print(f"File: {path} ({size:.1f} MB)")
    print(f"SHA-256 of the contents: {digest(characters)}")
