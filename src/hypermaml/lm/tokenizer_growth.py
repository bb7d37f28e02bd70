"""How much longer a tokenizer may make a text: a small file could ask for more than any memory holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

MOST_GROWTH = 256  # times the length of a text
MOST_AROUND = 256  # tokens around a text


def check_growth(held: dict[str, Any], path: Path) -> None:
    """Raise `ValueError` where a tokenizer makes texts many times as long, or puts many tokens around them.

    Args:
        held: what tokenizer.json holds.
        path: of the file, for errors.
    """
    for field in ("normalizer", "decoder"):
        growth, tables = 1.0, 0
        for part in _parts(held.get(field)):
            growth *= _growth(part) if part.get("type") == "Replace" else 1.0
            tables += part.get("type") == "Precompiled"
        if growth > MOST_GROWTH or tables > 1:
            raise ValueError(
                f"{path}: {field} makes a text many times as long, but a tokenizer makes it at most {MOST_GROWTH} "
                "times as long"
            )
    for part in _parts(held.get("post_processor")):
        if part.get("type") != "TemplateProcessing":
            continue
        pieces, special = part.get("single"), part.get("special_tokens")
        names = [_name(piece) for piece in pieces] if isinstance(pieces, list) else []
        sizes = {name: _tokens(each) for name, each in special.items()} if isinstance(special, dict) else {}
        texts, around = names.count(None), sum(sizes.get(name, 0) for name in names if name is not None)
        if texts > 1 or around > MOST_AROUND:
            raise ValueError(
                f"{path}: post_processor holds a text {texts} times with {around} tokens around it, but it must hold "
                f"it once, with at most {MOST_AROUND}"
            )


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    """Yield each part of a normalizer, a decoder or a post-processor; a sequence holds others."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _parts(inner)


def _growth(part: dict[str, Any]) -> float:
    """Return how many times as long a text becomes at most where all of it is replaced."""
    content, pattern = part.get("content"), part.get("pattern")
    if not isinstance(content, str) or not isinstance(pattern, dict):
        return 1.0  # not such a part, as the package will say
    text = pattern.get("String")
    least = len(text.encode()) if isinstance(text, str) else 1
    return max(len(content.encode()) / least if least else len(content.encode()) + 1.0, 1.0)


def _name(piece: Any) -> str | None:
    """Return the name of a special token of a template; `None` for the text."""
    special = piece.get("SpecialToken") if isinstance(piece, dict) else None
    return str(special.get("id")) if isinstance(special, dict) else None


def _tokens(special: Any) -> int:
    ids = special.get("ids") if isinstance(special, dict) else None
    return len(ids) if isinstance(ids, list) else 0
