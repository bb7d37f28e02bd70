"""Images, folders and archives that nobody means: each is read as a viewer shows it, or ends in one sentence."""

import io
import os
import warnings
import zipfile
from pathlib import Path

import numpy as np
import outcomes
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import examples
from PIL import Image

from hypermaml.data.archive import read_archive, write_archive
from hypermaml.data.characters import Characters
from hypermaml.data.folder import load_folder
from hypermaml.data.image import read_image

pytestmark = pytest.mark.faults


def outcome(call):
    """Return the value of a call, and how it ended, without the warning of images that are there twice."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* left out, since a test must show nothing")
        return outcomes.outcome(call, value="harmless")


def letter(width=64, height=64, ink=0, ground=255):
    pixels = np.full((height, width), ground, np.uint8)
    pixels[height // 8 : -height // 8, width // 8 : width // 4] = ink
    pixels[-height // 4 : -height // 8, width // 8 : width // 2] = ink
    return pixels


STORED = {
    2: 0,
    3: 3,
    4: 1,
    5: 5,
    6: 2,
    7: 6,
    8: 4,
}  # of each tag, the number of Pillow's operation that its camera does


@examples(400)
@given(data=st.data())
def test_an_image_in_any_form_is_the_same_image(tmp_path_factory, tally, data):
    """Mode, depth, orientation, transparency and the side of ink change nothing."""
    folder = tmp_path_factory.mktemp("images")
    plain = Image.fromarray(letter())
    plain.save(folder / "plain.png")
    want = read_image(folder / "plain.png").astype(int)
    kind = data.draw(st.sampled_from(["png", "jpg", "bmp"]))
    stored = Image.fromarray(255 - letter()) if data.draw(st.booleans()) else plain
    options, mode = {}, data.draw(st.sampled_from(["L", "RGB", "P", "1", "deep", "alpha", "clear"]))
    if mode == "deep" and kind == "png":
        stored = Image.fromarray(np.asarray(stored).astype(np.uint16) * 257)
    elif mode in ("alpha", "clear") and kind == "png":
        level = np.full((64, 64), 0 if mode == "alpha" else 255, np.uint8)
        stored = Image.fromarray(np.dstack([level, 255 - letter()]), "LA")
    elif mode in ("L", "RGB", "P", "1") and not (kind == "jpg" and mode in ("P", "1")):
        stored = stored.convert(mode)
    orientation = data.draw(st.integers(1, 8)) if kind != "bmp" else 1
    if orientation > 1:
        stored = stored.transpose(Image.Transpose(STORED[orientation]))
        options["exif"] = Image.Exif()
        options["exif"][0x0112] = orientation
    stored.save(folder / f"a.{kind}", **options)
    found, _ = outcome(lambda: read_image(folder / f"a.{kind}"))
    assert found is not None
    assert np.abs(found.astype(int) - want).mean() < (6 if kind == "jpg" else 1)
    tally("images: forms of one image", "right value")


@st.composite
def images(draw):
    """The bytes of an image file of any mode and size, whole or damaged."""
    width, height = draw(st.sampled_from([(1, 1), (2, 1), (28, 28), (64, 64), (1, 40), (300, 20), (3000, 2)]))
    mode = draw(st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"]))
    kind = draw(st.sampled_from(["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM", "ICO"]))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    grey = Image.fromarray(rng.choice([0, 255, 100], (height, width)).astype(np.uint8))
    image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257) if mode == "I;16" else grey.convert(mode)
    buffer = io.BytesIO()
    try:
        image.save(buffer, kind)
    except (OSError, ValueError, SystemError):
        grey.save(buffer, "PNG")
    contents = bytearray(buffer.getvalue())
    for _ in range(draw(st.integers(0, 5))):
        place = draw(st.integers(0, len(contents) - 1 if draw(st.booleans()) else min(60, len(contents) - 1)))
        contents[place] = draw(st.integers(0, 255))
    if not draw(st.integers(0, 3)):
        contents = contents[: draw(st.integers(0, len(contents)))]
    return bytes(contents)


@examples(500)
@given(contents=images(), suffix=st.sampled_from([".png", ".jpg", ".jpeg", ".bmp", ".gif", ".PNG"]))
def test_damaged_images(tmp_path_factory, tally, contents, suffix):
    folder = tmp_path_factory.mktemp("images")
    inside = folder / "Greek" / "alpha"
    inside.mkdir(parents=True)
    (inside / f"a{suffix}").write_bytes(contents)
    found, how = outcome(lambda: load_folder(folder))
    assert found is None or found.images[0].shape == (1, 28, 28)
    tally("images: damaged files", how)


@st.composite
def bombs(draw):
    """An image file that states very many pixels in its header, or unpacks to very many bytes."""
    kind = draw(st.sampled_from(["PNG", "BMP", "GIF", "WEBP", "JPEG"]))
    buffer = io.BytesIO()
    Image.fromarray(letter()).convert("RGB").save(buffer, kind)
    contents = bytearray(buffer.getvalue())
    side = draw(st.sampled_from([9_000, 30_000, 65_535]))
    place, count, order = {
        "PNG": (16, 4, "big"), "BMP": (18, 4, "little"), "GIF": (6, 2, "little"), "WEBP": (26, 2, "little"),
        "JPEG": (contents.find(b"\xff\xc0") + 5, 2, "big"),
    }[kind]  # fmt: skip
    for part in range(2):
        contents[place + part * count : place + (part + 1) * count] = side.to_bytes(count, order)
    return bytes(contents)


@examples(100)
@given(contents=bombs())
def test_images_that_state_very_many_pixels(tmp_path_factory, tally, contents):
    path = tmp_path_factory.mktemp("images") / "a.png"
    path.write_bytes(contents)
    found, how = outcome(lambda: read_image(path))
    assert found is None
    tally("images: sizes beyond what is decoded", how)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "a.npz"
    pixels = np.stack([np.full((3, 28, 28), level, np.uint8) for level in (1, 2, 3)])
    write_archive(path, Characters(("a/1", "a/2", "b/1"), ("a", "a", "b"), tuple(pixels)), {"seed": 1})
    with zipfile.ZipFile(path) as file:
        return path.read_bytes(), {name: file.read(name) for name in file.namelist()}


@examples(300)
@given(data=st.data())
def test_damaged_archives(tmp_path_factory, tally, archive, data):
    path = tmp_path_factory.mktemp("archive") / "a.npz"
    contents, members = bytearray(archive[0]), dict(archive[1])
    how = data.draw(st.sampled_from(["bytes", "cut", "member", "flags", "method"]))
    if how == "bytes":
        for _ in range(data.draw(st.integers(1, 4))):
            contents[data.draw(st.integers(0, len(contents) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    elif how == "cut":
        contents = contents[: data.draw(st.integers(0, len(contents)))]
    elif how in ("flags", "method"):  # encrypted members, and ways of packing that are not known
        mark, offset = data.draw(st.sampled_from([(b"PK\x01\x02", 8), (b"PK\x03\x04", 6)]))
        place = data.draw(st.sampled_from([n for n in range(len(contents)) if contents.startswith(mark, n)]))
        contents[place + offset + 2 * (how == "method")] = data.draw(st.integers(0, 255))
    else:
        name = data.draw(st.sampled_from(sorted(members)))
        change = bytearray(members[name])
        for _ in range(data.draw(st.integers(1, 3))):
            change[data.draw(st.integers(0, min(127, len(change) - 1)))] = data.draw(
                st.sampled_from([*b"0129(),'<|OUf\0"])
            )
        members[name] = bytes(change)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
            for each, value in members.items():
                file.writestr(each, value)
        contents = buffer.getvalue()
    path.write_bytes(contents)
    tally("images: damaged archives", outcome(lambda: read_archive(path))[1])


def test_members_that_unpack_to_very_much(tmp_path, tally, archive):
    for name in archive[1]:
        path = tmp_path / f"{name}.npz"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for each, value in archive[1].items():
                if each != name:
                    file.writestr(each, value)
                    continue
                with file.open(each, "w", force_zip64=True) as member:
                    for _ in range(80):
                        member.write(bytes(1 << 20))
        found, how = outcome(lambda path=path: read_archive(path))
        assert found is None
        tally("images: archives that unpack to much", how)


ENTRIES = ["train", "test", "Greek", "Thai", ".hidden", "a.png", "b.txt", "alpha", "c.JPG", "é"]


@examples(200)
@given(paths=st.lists(st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=4), max_size=6), data=st.data())
def test_folders_of_any_layout(tmp_path_factory, tally, paths, data):
    folder = tmp_path_factory.mktemp("images")
    for number, parts in enumerate(paths):
        path = folder.joinpath(*parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            make = data.draw(st.sampled_from(["image", "folder", "pipe", "loop", "device", "name"]))
            if make == "image":
                Image.fromarray(letter(64 + number)).save(path, "PNG")
            elif make == "folder":
                path.mkdir()
            elif make == "pipe":
                os.mkfifo(path)
            elif make == "name":
                Path(os.fsdecode(os.fsencode(path) + b"\xff")).mkdir()
            else:
                path.symlink_to("/dev/zero" if make == "device" else path)
        except OSError:  # two of the paths do not go together
            continue
    found, how = outcome(lambda: load_folder(folder))
    if found is not None:
        outcome(found.split)
    tally("images: folders of any layout", how)
