"""Images as scanners, phones and programs of drawing write them: seen as a viewer shows them, or one sentence."""

import os
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hypermaml.data.image import read_image

INK = np.s_[10:70, 10:20], np.s_[60:70, 10:50]  # the strokes of an L


def letter(ink=0, ground=255, dtype: Any = np.uint8, shape=(80, 80)):
    pixels = np.full(shape, ground, dtype)
    for stroke in INK:
        pixels[stroke] = ink
    return pixels


def saved(path, pixels, mode=None, **options):
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


@pytest.fixture
def plain(tmp_path):
    return read_image(saved(tmp_path / "plain.png", letter()))


@pytest.mark.parametrize(("ink", "ground"), [(300, 65535), (64000, 500), (1000, 5000)])
def test_16_bits_are_scaled_and_not_cut_off(tmp_path, ink, ground):
    deep = read_image(saved(tmp_path / "deep.png", letter(ink, ground, np.uint16)))
    np.testing.assert_array_equal(deep, read_image(saved(tmp_path / "a.png", letter(ink >> 8, ground >> 8))))


def test_16_bits_keep_levels_of_ink(tmp_path):
    pixels = letter(0, 65535, np.uint16)
    pixels[INK[1]] = 30000
    found = read_image(saved(tmp_path / "deep.png", pixels))
    assert found[6:20, 4:6].mean() - found[22, 9:16].mean() > 80


@pytest.mark.parametrize("kind", ["jpg", "png"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_orientation_tag_turns_the_image_as_a_viewer_does(tmp_path, plain, kind, orientation):
    undo = {1: 0, 2: 1, 3: 4, 4: 2, 5: 6, 6: 3, 7: 7, 8: 5}[orientation]  # that turns the upright image into the stored
    flips = [None, *(Image.Transpose(n) for n in (0, 1, 2, 3, 4, 5, 6))]
    stored = Image.fromarray(letter())
    stored = stored.transpose(flips[undo]) if flips[undo] is not None else stored
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = read_image(saved(tmp_path / f"a.{kind}", stored, exif=exif))
    assert np.abs(found.astype(int) - plain).mean() < 3


def test_a_damaged_tag_says_nothing(tmp_path, plain):
    found = read_image(saved(tmp_path / "a.png", letter(), exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01"))
    np.testing.assert_array_equal(found, plain)
    found = read_image(saved(tmp_path / "b.jpg", letter(), exif=b"Exif\0\0nothing of the kind"))
    assert np.abs(found.astype(int) - plain).mean() < 3


@pytest.mark.parametrize(("ink", "ground"), [(100, 140), (140, 100), (0, 200), (255, 30)])
def test_what_is_not_square_is_padded_with_its_own_ground(tmp_path, ink, ground):
    wide = letter(ink, ground, shape=(80, 160))
    found = read_image(saved(tmp_path / "wide.png", wide)).astype(int)
    np.testing.assert_allclose(found[:6], found[14, 20], atol=1)
    np.testing.assert_allclose(found[-6:], found[14, 20], atol=1)
    assert found.max() - found[14, 20] > 20


def test_palettes_and_transparency_are_read_as_the_plain_image(tmp_path, plain):
    for name, mode in (("palette", "P"), ("bits", "1"), ("rgb", "RGB"), ("la", "LA")):
        np.testing.assert_array_equal(read_image(saved(tmp_path / f"{name}.png", letter(), mode)), plain)
    index = Image.fromarray((letter() > 0).astype(np.uint8)).convert("P")
    index.putpalette([0, 0, 0, 10, 10, 10])  # the ground is almost black, and transparent
    np.testing.assert_array_equal(read_image(saved(tmp_path / "p.png", index, transparency=1)), plain)
    for level in (0, 255):  # white ink on nothing, too, which is white on white
        alpha = np.dstack([np.full((80, 80), level, np.uint8), 255 - letter()])
        np.testing.assert_array_equal(read_image(saved(tmp_path / "a.png", Image.fromarray(alpha, "LA"))), plain)


def png(width, height, *chunks):
    """The bytes of a PNG file with this size in its header."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in ((b"IHDR", head), *chunks, (b"IEND", b"")))


@pytest.mark.parametrize(
    ("width", "height", "sentence"),
    [
        (60_000, 60_000, "has more than 67,108,864 pixels: reduce it"),
        (9_000, 9_000, "has 9000 × 9000 pixels, but at most 67,108,864 are read: reduce it"),
        (10, 3_000, "has 10 × 3000 pixels, but it may be at most 28 times as long as wide"),
        (100, 100, "cannot be read: it is damaged or no image"),
    ],
)
def test_the_size_is_looked_at_before_anything_is_decoded(tmp_path, width, height, sentence):
    path = tmp_path / "a.png"
    path.write_bytes(png(width, height, (b"IDAT", zlib.compress(bytes(1000)))))
    with pytest.raises(ValueError, match=sentence):
        read_image(path)


def test_a_text_that_unpacks_to_too_much_is_not_unpacked(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png(28, 28, (b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 26)))))
    with pytest.raises(ValueError, match="cannot be read"):
        read_image(path)


def test_only_regular_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "link.png").symlink_to("nowhere")
    for name, sentence in (
        ("pipe", "is a named pipe, but it must be an image"),
        ("folder", "is a folder, but it must be an image"),
        ("link", "does not exist, but it must be an image"),
    ):
        with pytest.raises(ValueError, match=rf"{name}\.png {sentence}"):
            read_image(tmp_path / f"{name}.png")
