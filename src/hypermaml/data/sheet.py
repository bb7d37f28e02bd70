"""A sheet of characters to look at."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from hypermaml.data.characters import SIDE, Characters

_CELL, _LABEL = SIDE + 4, 180  # pixels


def contact_sheet(characters: Characters, *, columns: int = 20) -> bytes:
    """A PNG with a row for each alphabet: its name, then characters at even distances, a different image of each.

    Args:
        characters: at least one.
        columns: characters of an alphabet, at most; at least 2.
    """
    alphabets = list(dict.fromkeys(characters.alphabets))
    sheet = Image.new("L", (_LABEL + columns * _CELL, len(alphabets) * _CELL), 255)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for row, alphabet in enumerate(alphabets):
        pen.text((4, row * _CELL + _CELL // 2), alphabet, 0, font=font, anchor="lm")
        own = [images for images, of in zip(characters.images, characters.alphabets, strict=True) if of == alphabet]
        shown = min(columns, len(own))
        for column in range(shown):
            images = own[column * (len(own) - 1) // max(shown - 1, 1)]
            picture = Image.fromarray(255 - images[column % len(images)])
            sheet.paste(picture, (_LABEL + column * _CELL, row * _CELL + (_CELL - SIDE) // 2))
    buffer = io.BytesIO()
    sheet.save(buffer, format="PNG")
    return buffer.getvalue()
