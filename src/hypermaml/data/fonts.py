"""The scripts that fonts cover, and the letters of each; fontTools reads the fonts."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from hypermaml._misc.installation import install

FONTS = Path("/usr/share/fonts/truetype/noto")  # where Debian's packages lay Noto
FEWEST = 5  # letters of a script
_WIDTHS, _WEIGHTS = ("", "SemiCondensed", "Condensed"), ("Light", "Regular", "Medium", "SemiBold", "Bold")
# Thin, Black and slanted faces are left out: the first two cannot be read at 28 pixels, and the jitter slants.
_STYLES = {width + (weight if weight != "Regular" or not width else "") for width in _WIDTHS for weight in _WEIGHTS}


@dataclass(frozen=True)
class Script:
    """A script and the fonts that it is drawn with.

    Attributes:
        code: of ISO 15924, for example `Grek`.
        name: in English.
        letters: in the order of Unicode; of a pair of upper and lower case the lower alone.
        faces: of each letter, the font files that cover it; the plainest first.
    """

    code: str
    name: str
    letters: tuple[str, ...]
    faces: Mapping[str, tuple[Path, ...]]


def find_scripts(folder: Path = FONTS) -> list[Script]:
    """The scripts of which the fonts in a folder cover at least five letters, sorted by name.

    A script is drawn with its own Noto fonts (NotoSansAdlam, NotoSerifAhom); one without, as Latin, with all that cover
    at least half as many of its letters as the best. Letters are Unicode's Ll, Lu and Lo without a decomposition:
    modifiers, marks, ligatures and accented letters are none.

    Args:
        folder: searched with all folders in it, for .ttf and .otf.

    Raises:
        ModuleNotFoundError: fontTools or SciPy is not installed.
        FileNotFoundError: no font is there, or none covers a script.
        ValueError: a font is damaged.
    """
    for package, name in (("fontTools", "fonttools"), ("scipy", "scipy")):
        if find_spec(package) is None:
            raise ModuleNotFoundError(
                f"drawing glyphs needs {name}, which is not installed: {install('glyphs')}", name=package
            )
    covered: dict[str, dict[Path, set[str]]] = defaultdict(lambda: defaultdict(set))
    for face in _faces(folder):
        for letter in _coverage(face):
            if code := _script(letter):
                covered[code][face].add(letter)
    scripts = [_assemble(code, faces) for code, faces in covered.items()]
    found = sorted((script for script in scripts if len(script.letters) >= FEWEST), key=lambda script: script.name)
    if not found:
        raise FileNotFoundError(
            f"no fonts with letters are in {folder}: `apt install fonts-noto-core fonts-noto-extra` lays Noto's in "
            f"{FONTS}, or name another folder with --fonts"
        )
    return found


def versions_of(faces: Sequence[Path]) -> dict[str, str]:
    """What each font file says of its version, without how it was hinted."""
    from fontTools.ttLib import TTFont

    def version(face: Path) -> str:
        with TTFont(face, lazy=True) as font:
            return (font["name"].getDebugName(5) or "").partition(";")[0]

    return {face.name: version(face) for face in faces}


def evenly(letters: Sequence[str], most: int) -> list[str]:
    """At most so many of the letters, at even distances, the first and the last among them."""
    count = min(len(letters), most)
    return [letters[place * (len(letters) - 1) // max(count - 1, 1)] for place in range(count)]


def _faces(folder: Path) -> list[Path]:
    """The font files in the styles that are drawn, upright regular ones first."""
    files = (file for file in folder.rglob("*") if file.suffix.lower() in (".ttf", ".otf") and file.is_file())
    faces = [(style != "Regular", file.name, file) for file in files if (style := _style(file)) in _STYLES]
    return [file for *_, file in sorted(faces)]


def _style(face: Path) -> str:
    """What follows the last hyphen, as in NotoSans-Bold; a name without one, or a variable font, is regular."""
    style = face.stem.partition("[")[0].rpartition("-")[2] if "-" in face.stem.partition("[")[0] else ""
    return "Regular" if style in ("", "VF") else style


def _coverage(face: Path) -> set[str]:
    """The characters for which a font has a glyph of its own."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with face.open("rb") as file, TTFont(file, lazy=True) as font:  # which would leave a damaged one open
            return {chr(code) for code, glyph in (font.getBestCmap() or {}).items() if glyph != ".notdef"}
    except (TTLibError, OSError, AssertionError, KeyError, ValueError):
        raise ValueError(f"the font {face} cannot be read: it is damaged or no font") from None


@functools.cache
def _script(letter: str) -> str | None:
    """The code of a letter's script; `None` for what is no letter or belongs to several scripts."""
    from fontTools import unicodedata

    if unicodedata.category(letter) not in ("Ll", "Lu", "Lo") or unicodedata.decomposition(letter):
        return None
    code = unicodedata.script(letter)
    return None if code in ("Zyyy", "Zinh", "Zzzz") else code


def _assemble(code: str, faces: Mapping[Path, set[str]]) -> Script:
    from fontTools import unicodedata

    name = unicodedata.script_name(code).replace("_", " ")
    own = re.compile(f"noto(sans|serif){re.sub(r'[^a-z]', '', name.lower())}([-[].*)?")
    best = max(map(len, faces.values()))
    home = [face for face in faces if own.fullmatch(face.stem.lower())]
    home = home or [face for face, letters in faces.items() if 2 * len(letters) >= best]
    letters = max((faces[face] for face in home), key=len)
    single = sorted(letter for letter in letters if letter.lower() == letter or letter.lower() not in letters)
    return Script(
        code, name, tuple(single), {letter: tuple(face for face in home if letter in faces[face]) for letter in single}
    )
