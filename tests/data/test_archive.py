import io
import os
import re
import zipfile

import numpy as np
import pytest

from hypermaml.data.archive import digest, read_archive, write_archive
from hypermaml.data.characters import Characters


@pytest.fixture
def characters():
    images = (np.arange(6 * 28 * 28) * 7 % 251).astype(np.uint8).reshape(6, 28, 28)
    return Characters(
        ("Greek/α", "Greek/β", "Thai/ก"), ("Greek", "Greek", "Thai"), (images[:1], images[1:3], images[3:])
    )


def test_what_is_written_is_read(characters, tmp_path):
    path, made = tmp_path / "a.npz", {"seed": 3, "fonts": {"a.ttf": "1"}}
    write_archive(path, characters, made)
    read, told = read_archive(path)
    assert (read.names, read.alphabets, told) == (characters.names, characters.alphabets, made)
    for ours, theirs in zip(characters.images, read.images, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert digest(read) == digest(characters)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.npz"]
    first = path.read_bytes()
    write_archive(path, read, made)
    assert path.read_bytes() == first


def test_the_digest_is_of_the_contents(characters):
    assert digest(characters) == "168af660578809deda3b1854e6f74205e2cc130d9560ef2ed3df47a21b272b5e"
    images = characters.images
    others = [
        Characters(("Greek/α", "Greek/γ", "Thai/ก"), characters.alphabets, images),
        Characters(characters.names, ("Greek", "Greek", "Lao"), images),
        Characters(characters.names, characters.alphabets, (images[0], images[1], images[2][::-1])),
        Characters(characters.names, characters.alphabets, (images[0], images[1], images[2][:2])),
    ]
    assert len({digest(each) for each in [characters, *others]}) == 5


def damaged(path):
    sentence = f"{path} is damaged, or no file of characters in the format 'hypermaml characters 1'"
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        read_archive(path)


@pytest.mark.parametrize("contents", [b"", b"no archive", b"PK\x03\x04 no archive"])
def test_another_file(tmp_path, contents):
    path = tmp_path / "a.npz"
    path.write_bytes(contents)
    damaged(path)


def test_a_damaged_file(characters, tmp_path):
    path = tmp_path / "a.npz"
    write_archive(path, characters, {})
    whole = path.read_bytes()
    for place in (len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:place])
        damaged(path)
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes(byte ^ 255 for byte in whole[middle : middle + 40]) + whole[middle + 40 :])
    damaged(path)


@pytest.mark.parametrize(
    "change",
    [
        {"format": np.array("hypermaml characters 0")},
        {"counts": np.array([1, 2, 2])},
        {"counts": np.array([], int)},
        {"names": np.array(["a", "b"])},
        {"images": np.zeros((6, 27, 28), np.uint8)},
        {"made": np.array("{")},
    ],
    ids=str,
)
def test_arrays_that_do_not_fit(characters, tmp_path, change):
    path = tmp_path / "a.npz"
    write_archive(path, characters, {})
    with np.load(path) as arrays:
        contents = dict(arrays) | change
    np.savez(path, **contents)
    damaged(path)


def test_an_npz_of_something_else(tmp_path):
    np.savez(tmp_path / "a.npz", weights=np.zeros(3))
    damaged(tmp_path / "a.npz")
    np.save(tmp_path / "b.npy", np.zeros(3))
    damaged(tmp_path / "b.npy")


def packed(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in members.items():
            archive.writestr(name, contents)


def test_nothing_is_unpacked_that_is_larger_than_its_shape_or_encrypted(characters, tmp_path):
    path = tmp_path / "a.npz"
    write_archive(path, characters, {})
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": (1 << 40, 28, 28)})
    nested = io.BytesIO()
    np.save(nested, np.array("[" * 100_000))
    objects = io.BytesIO()
    np.save(objects, np.array([{}]))
    for name, contents in (
        ("images.npy", head.getvalue() + bytes(100)),
        ("names.npy", head.getvalue() + bytes(1 << 27)),
        ("made.npy", nested.getvalue()),
        ("names.npy", objects.getvalue()),
        ("counts.npy", members["counts.npy"].replace(b"{", b"\0")),
        ("counts.npy", members["counts.npy"].replace(b"<i8", b",1,")),
    ):
        packed(path, members | {name: contents})
        damaged(path)
    packed(path, members)
    encrypted = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = encrypted.find(mark)
        encrypted[place + offset] |= 1
    path.write_bytes(encrypted)
    damaged(path)


def test_an_archive_that_is_not_a_regular_file(tmp_path):
    os.mkfifo(tmp_path / "a.npz")
    with pytest.raises(ValueError, match=r"a\.npz is a named pipe, but it must be a file of characters"):
        read_archive(tmp_path / "a.npz")
    with pytest.raises(FileNotFoundError):
        read_archive(tmp_path / "b.npz")
