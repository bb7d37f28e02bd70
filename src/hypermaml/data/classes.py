"""Classes in files, however they are written: true and True, 1.0 and 1."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any


def classes_in(cells: Sequence[str], classes: Sequence[Any]) -> list[tuple[bool, Any]]:
    """Return whether each cell is a class, and the class; a cell that is none is as it was.

    Args:
        cells: texts.
        classes: of the training. One that is written exactly as a cell comes first.
    """
    exact = {str(value): value for value in classes}
    forms = Counter(canonical(text) for text in exact)
    alike = {canonical(text): value for text, value in exact.items() if forms[canonical(text)] == 1}
    found = []
    for cell in cells:
        form = canonical(cell)
        known = cell in exact or form in alike
        found.append((known, exact[cell] if cell in exact else alike.get(form, cell)))
    return found


def canonical(text: str) -> str:
    """Return one spelling of a truth value or of a number; other texts as they are."""
    if text.lower() in ("true", "false"):
        return text.lower()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if math.isfinite(number) and number == int(number) else str(number)
