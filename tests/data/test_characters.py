import re

import numpy as np
import pytest

from hypermaml.data.characters import SHARES, Characters, check_counts


def made(alphabets=10, letters=4, images=3, folder=None):
    """Characters whose images are all filled with their own number."""
    names = [(f"script{a}", f"script{a}/letter{b}") for a in range(alphabets) for b in range(letters)]
    pictures = [np.full((images, 28, 28), place % 256, np.uint8) for place in range(len(names))]
    return Characters(tuple(name for _, name in names), tuple(of for of, _ in names), tuple(pictures), folder)


def test_stacked_takes_the_first_images():
    characters = made(2, 3, images=5)
    stack = characters.stacked(2)
    assert (stack.shape, stack.dtype) == ((6, 2, 28, 28), np.uint8)
    np.testing.assert_array_equal(stack[:, 0, 0, 0], range(6))


def test_too_few_images_name_the_character(tmp_path):
    names = ("Greek/alpha", "Greek/beta")
    images = (np.zeros((5, 28, 28), np.uint8), np.zeros((1, 28, 28), np.uint8))
    characters = Characters(names, ("Greek", "Greek"), images)
    assert characters.stacked(1).shape == (2, 1, 28, 28)
    with pytest.raises(ValueError, match=r"^Greek/beta has 1 image, but 2 are needed$"):
        characters.stacked(2)
    here = Characters(names, ("Greek", "Greek"), images, tmp_path)
    with pytest.raises(ValueError, match=f"^{re.escape(str(tmp_path / 'Greek' / 'beta'))} has 1 image, but 2 are"):
        here.stacked(2)


@pytest.mark.parametrize(("alphabets", "images"), [(2, 0), (0, 1)])
def test_nothing_cannot_be_stacked(alphabets, images):
    with pytest.raises(ValueError, match="at least 1"):
        made(alphabets).stacked(images)


@pytest.mark.parametrize(
    ("alphabets", "sizes"), [(3, (1, 1, 1)), (4, (2, 1, 1)), (10, (7, 1, 2)), (50, (35, 5, 10)), (142, (100, 14, 28))]
)
def test_a_split_parts_the_alphabets(alphabets, sizes, tmp_path):
    characters = made(alphabets, letters=2, images=1, folder=tmp_path)
    parts = characters.split()
    assert tuple(parts) == tuple(SHARES)
    assert tuple(len(set(part.alphabets)) for part in parts.values()) == sizes
    assert sorted(name for part in parts.values() for name in part.names) == sorted(characters.names)
    for part in parts.values():
        assert part.folder == tmp_path
        assert [name for name in characters.names if name in part.names] == list(part.names)
        for name, images in zip(part.names, part.images, strict=True):
            assert images is characters.images[characters.names.index(name)]


def test_a_split_depends_on_the_names_of_the_alphabets_alone():
    def alphabets(characters):
        return {name: set(part.alphabets) for name, part in characters.split().items()}

    few, many = made(letters=1, images=1), made(letters=7, images=4)
    assert alphabets(few) == alphabets(many)
    reverse = Characters(few.names[::-1], few.alphabets[::-1], few.images[::-1])
    assert alphabets(reverse) == alphabets(few)
    assert alphabets(few)["meta-validation"] == {"script4"}  # on every machine, in every version


@pytest.mark.parametrize(("alphabets", "count"), [(0, "0 alphabets"), (1, "1 alphabet"), (2, "2 alphabets")])
def test_fewer_than_three_alphabets_cannot_be_split(alphabets, count):
    sentence = f"^{count} cannot be split into meta-train, meta-validation, meta-test: at least 3 are needed$"
    with pytest.raises(ValueError, match=sentence):
        made(alphabets).split()


def test_a_split_with_fewer_characters_than_ways_is_refused():
    characters = made(1, letters=4)
    check_counts(characters, ways=4, split="meta-test")
    with pytest.raises(ValueError, match=r"^ways is 5, but meta-test has only 4 characters$"):
        check_counts(characters, ways=5, split="meta-test")


@pytest.mark.parametrize(
    ("names", "images", "sentence"),
    [
        (("a/b",), (), "there are 1 names, 1 alphabets and 0 sets of images"),
        (("a/b", "a/b"), (np.zeros((1, 28, 28), np.uint8),) * 2, "a/b is the name of two characters"),
        (("a/b",), (np.zeros((1, 28, 28)),), r"the images of a/b are float64 of shape \(1, 28, 28\), but they must be"),
        (("a/b",), (np.zeros((1, 28, 27), np.uint8),), r"the images of a/b are uint8 of shape \(1, 28, 27\), but"),
    ],
)
def test_what_does_not_fit_is_refused(names, images, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        Characters(names, ("a",) * len(names), images)
