import re

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
