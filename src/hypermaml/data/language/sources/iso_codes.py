"""Names of languages and of parts of countries, from Debian's package iso-codes."""

from __future__ import annotations

import gettext
import json
from pathlib import Path

FOLDER = Path("/usr/share/iso-codes/json")
LOCALES = Path("/usr/share/locale")
LICENSE = "LGPL, version 2.1 or later"
STANDARDS = {"languages": "639-3", "subdivisions": "3166-2"}


def read_names(folder: Path, locales: Path, standard: str, language: str) -> dict[str, str]:
    """English names and what they are in another language, where that is another word.

    Args:
        folder: of iso_639-3.json and its kin.
        locales: of LANGUAGE/LC_MESSAGES.
        standard: one of the values of STANDARDS.
        language: of two letters.

    Returns:
        Nothing where the package has no such translation.

    Raises:
        ValueError: a file is damaged.
    """
    path, messages = folder / f"iso_{standard}.json", locales / language / "LC_MESSAGES" / f"iso_{standard}.mo"
    if not path.is_file() or not messages.is_file():
        return {}
    try:
        names = [entry["name"] for entry in json.loads(path.read_bytes())[standard]]
        with messages.open("rb") as file:
            said = gettext.GNUTranslations(file).gettext
    except (OSError, ValueError, KeyError, TypeError, UnicodeDecodeError, EOFError):
        raise ValueError(f"{path} or {messages} is damaged: install iso-codes again") from None
    return {name: said(name) for name in names if said(name) != name}
