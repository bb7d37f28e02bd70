"""One image file as ink on ground, in 28 × 28 pixels."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps

from hypermaml._misc.read import read_bytes
from hypermaml.data.characters import SIDE, Images

KINDS = (".png", ".jpg", ".jpeg", ".bmp")
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")  # that such a file may have, whatever its name says
PIXELS = 1 << 26  # of an image: its size is known before it is decoded
BYTES = 1 << 27  # of a file


def read_image(path: Path) -> Images:
    """One image, `(28, 28)` of uint8, 255 is ink.

    It is seen as a viewer shows it: turned by its orientation tag, 16 bits scaled to 8, and on white where it is
    transparent. The rarer of dark and bright is the ink. What is not square is padded with its own ground.

    Raises:
        ValueError: the file is no image, is damaged, is too large or too narrow, or shows nothing.
    """
    contents = read_bytes(path, what="an image", limit=BYTES)
    with _decoded(path):
        file = Image.open(io.BytesIO(contents), formats=FORMATS)
    _check_size(path, *file.size)
    with _decoded(path), file:
        grey = _grey(_upright(file))
    pixels = np.asarray(grey)
    darkest, brightest = int(pixels.min()), int(pixels.max())
    if darkest == brightest:
        raise ValueError(f"{path} shows nothing: its pixels are all alike")
    bright = pixels > (darkest + brightest) // 2
    inverted = 2 * np.count_nonzero(bright) > pixels.size
    ground = int(np.median(pixels[bright == inverted]))
    if inverted:
        grey, ground = ImageOps.invert(grey), 255 - ground
    return np.asarray(ImageOps.pad(grey, (SIDE, SIDE), Image.Resampling.LANCZOS, color=ground))


@contextmanager
def _decoded(path: Path) -> Iterator[None]:
    """Turn whatever Pillow raises for a file into one sentence, and silence its warnings.

    A decoder may raise anything for a damaged file, so that nothing but calls of Pillow belongs inside.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError:
        raise ValueError(f"{path} has more than {PIXELS:,} pixels: reduce it") from None
    except Exception:
        raise ValueError(f"{path} cannot be read: it is damaged or no image") from None


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > PIXELS:
        raise ValueError(f"{path} has {width} × {height} pixels, but at most {PIXELS:,} are read: reduce it")
    if max(width, height) > SIDE * min(width, height):
        raise ValueError(
            f"{path} has {width} × {height} pixels, but it may be at most {SIDE} times as long as wide: its ink would "
            f"vanish in {SIDE} × {SIDE}"
        )


def _upright(file: Image.Image) -> Image.Image:
    """Return the image as its orientation tag says; a tag that cannot be read says nothing."""
    try:
        tagged = file.getexif().get(ExifTags.Base.Orientation, 1) != 1
    except (SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
        tagged = False
    return ImageOps.exif_transpose(file) if tagged else file


def _grey(image: Image.Image) -> Image.Image:
    """Return an image in 8 bits of grey; ink that is as white as its transparent ground is what is opaque."""
    if image.mode.startswith("I"):  # 16 bits
        return Image.fromarray((np.clip(np.asarray(image), 0, 65535) >> 8).astype(np.uint8))
    if not image.has_transparency_data:
        return image.convert("L")
    colours = image.convert("RGBA")
    on_white = Image.alpha_composite(Image.new("RGBA", image.size, "white"), colours).convert("L")
    lowest, highest = on_white.getextrema()
    return colours.getchannel("A") if lowest == highest else on_white
