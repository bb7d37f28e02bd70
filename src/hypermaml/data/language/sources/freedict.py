"""Dictionaries of FreeDict, from Debian's packages dict-freedict-*, in the format of dictd(8)."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

FOLDER = Path("/usr/share/dictd")
LICENSE = "GPL, version 2 or later; see the dictionary's package"
LANGUAGES = {
    **{"afr": "Afrikaans", "ara": "Arabic", "bre": "Breton", "ces": "Czech", "cym": "Welsh", "dan": "Danish"},
    **{"deu": "German", "ell": "Greek", "eng": "English", "epo": "Esperanto", "fra": "French", "gle": "Irish"},
    **{"hin": "Hindi", "hrv": "Croatian", "hun": "Hungarian", "isl": "Icelandic", "ita": "Italian", "jpn": "Japanese"},
    **{"lat": "Latin", "lit": "Lithuanian", "nld": "Dutch", "nor": "Norwegian", "pol": "Polish", "por": "Portuguese"},
    **{"rus": "Russian", "spa": "Spanish", "srp": "Serbian", "swe": "Swedish", "swh": "Swahili", "tur": "Turkish"},
}
_DIGITS = {digit: place for place, digit in enumerate(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)}  # fmt: skip


def find_dictionaries(folder: Path) -> dict[tuple[str, str], Path]:
    """The index of each dictionary of a folder between languages that are known here, by their two codes."""
    found = {}
    for index in sorted(folder.glob("freedict-???-???.index")):
        _, source, target = index.stem.split("-")
        if source in LANGUAGES and target in LANGUAGES:
            found[source, target] = index
    return found


def read_dictionary(index: Path) -> dict[str, tuple[str, ...]]:
    """The translations of each word of one dictionary, without pronunciation, grammar and examples.

    Args:
        index: the file that ends in `.index`; its entries are in the `.dict.dz` beside it.

    Raises:
        ValueError: a file is absent or damaged.
    """
    try:
        entries = gzip.decompress(index.with_suffix(".dict.dz").read_bytes())
        lines = (line.split("\t") for line in index.read_text("utf-8").splitlines())
        spans = [(word, _number(start), _number(size)) for word, start, size in lines]
        texts = [(word, entries[start : start + size].decode("utf-8")) for word, start, size in spans]
    except (OSError, EOFError, zlib.error, ValueError, KeyError):
        raise ValueError(f"{index} or the .dict.dz beside it is damaged: install its package again") from None
    found: dict[str, dict[str, None]] = {}
    for word, text in texts:
        if not word.startswith("00database"):
            found.setdefault(word.strip(), {}).update(dict.fromkeys(_translations(text)))
    return {word: tuple(own) for word, own in found.items() if word and own}


def _translations(entry: str) -> list[str]:
    """What follows the headword, line by line; examples are indented or quoted."""
    found = []
    for line in entry.splitlines()[1:]:
        if line.startswith((" ", '"', "Synonym", "see:")) or not line:
            continue
        plain = re.sub(r"<[^>]*>|\[[^\]]*\]|\([^)]*\)|/[^/]*/", "", re.sub(r"^\d+\. *", "", line))
        found += [part.strip() for part in re.split("[,;]", plain)]
    return [text for text in found if text and not re.search(r"[0-9{}]", text)]


def _number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = 64 * value + _DIGITS[digit]
    return value
