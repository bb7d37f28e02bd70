import os
import re

import numpy as np
import pytest
from PIL import Image

from hypermaml.data.folder import load_folder, read_image


def bar(side=105, ink=0, ground=255, mode="L"):
    """An upright bar in the left half."""
    pixels = np.full((side, side), ground, np.uint8)
    pixels[side // 8 : -side // 8, side // 4 : side // 3] = ink
    return Image.fromarray(pixels).convert(mode)


def lay(folder, *names, image=None):
    """Save the image under each name; by default bars of different lengths."""
    for count, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (image or bar().crop((0, 0, 105, 105 - 4 * count))).save(folder / name)


def test_characters_and_images_are_sorted_by_name_and_hidden_files_are_left_out(tmp_path):
    lay(tmp_path, "Greek/beta/2.png", "Greek/alpha/1.PNG", "Arabic/alif/1.jpg", "Greek/beta/1.bmp", "Greek/beta/3.jpeg")
    for hidden in (".DS_Store", "Greek/.DS_Store", "Greek/beta/.DS_Store"):
        (tmp_path / hidden).write_bytes(b"\0")
    (tmp_path / ".git" / "objects").mkdir(parents=True)
    (tmp_path / "LICENSE").touch()
    characters = load_folder(tmp_path)
    assert characters.names == ("Arabic/alif", "Greek/alpha", "Greek/beta")
    assert characters.alphabets == ("Arabic", "Greek", "Greek")
    assert [len(images) for images in characters.images] == [1, 1, 3]
    assert characters.folder == tmp_path
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path / 'Arabic' / 'alif'} has 1 image, but 2 are needed")):
        characters.stacked(2)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
@pytest.mark.parametrize(("ink", "ground"), [(0, 255), (255, 0), (100, 140)])
def test_the_rarer_level_is_the_ink(tmp_path, mode, ink, ground):
    if mode == "1" and ink == 100:
        return  # dithered
    lay(tmp_path, "a.png", image=bar(ink=ink, ground=ground, mode=mode))
    image = read_image(tmp_path / "a.png")
    assert (image.shape, image.dtype) == ((28, 28), np.uint8)
    middle = image[14].astype(int)
    assert middle[:14].max() - middle[14:].max() > (20 if ink == 100 else 200)
    assert middle[14:].max() < (150 if ink == 100 else 10)


def test_ink_on_a_transparent_ground(tmp_path):
    picture = bar(mode="RGBA")
    picture.putalpha(Image.fromarray(255 - np.asarray(bar())))
    lay(tmp_path, "a.png", image=picture)
    lay(tmp_path, "b.png")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), read_image(tmp_path / "b.png"))


def test_an_image_is_reduced_with_grey_levels_and_keeps_its_shape(tmp_path):
    stripes = np.full((280, 280), 255, np.uint8)
    stripes[:, 0:280:4] = 0  # thinner than a pixel of the result
    lay(tmp_path, "a.png", image=Image.fromarray(stripes))
    assert 40 < np.ptp(read_image(tmp_path / "a.png").astype(int)[2:-2, 2:-2]) + 60 < 90
    assert 40 < read_image(tmp_path / "a.png")[2:-2, 2:-2].mean() < 90
    wide = np.full((40, 80), 255, np.uint8)
    wide[10:20, 10:30] = 0
    lay(tmp_path, "b.png", image=Image.fromarray(wide))
    image = read_image(tmp_path / "b.png")
    assert not image[:6].any()
    assert not image[-6:].any()
    rows, columns = np.nonzero(image > 127)
    assert np.ptp(columns) > 1.5 * np.ptp(rows)


def refused(folder, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        load_folder(folder)


LAYOUT = "FOLDER/alphabet/character/image.png"


def test_an_absent_folder(tmp_path):
    refused(tmp_path / "no", f"the folder {tmp_path / 'no'} does not exist; name one laid out as {LAYOUT}")


def test_a_folder_laid_out_otherwise(tmp_path):
    refused(tmp_path, f"{tmp_path} holds 0 folders but no characters: it must be {LAYOUT}")
    lay(tmp_path, "alpha/1.png")
    refused(tmp_path, f"{tmp_path} holds 1 folders but no characters: it must be {LAYOUT}")


def test_a_folder_one_too_high(tmp_path):
    lay(tmp_path, "images_background/Greek/alpha/1.png")
    inside = tmp_path / "images_background" / "Greek"
    refused(tmp_path, f"{inside} holds no images but 1 folders: name the folder of alphabets, laid out as {LAYOUT}")


def test_a_character_without_images(tmp_path):
    lay(tmp_path, "Greek/alpha/1.png")
    (tmp_path / "Greek" / "beta").mkdir()
    (tmp_path / "Greek" / "beta" / ".DS_Store").touch()
    refused(tmp_path, f"{tmp_path / 'Greek' / 'beta'} holds no images; add some or remove it")


@pytest.mark.parametrize("kind", ["png", "jpg", "bmp"])
@pytest.mark.parametrize("damage", ["text", "empty", "cut"])
def test_a_damaged_image(tmp_path, kind, damage):
    lay(tmp_path, "Greek/alpha/1.png", f"Greek/beta/1.{kind}")
    path = tmp_path / "Greek" / "beta" / f"1.{kind}"
    whole = path.read_bytes()
    path.write_bytes({"text": b"no image", "empty": b"", "cut": whole[: len(whole) // 2]}[damage])
    refused(tmp_path, f"{path} cannot be read: it is damaged or no image")


def test_a_file_of_another_kind(tmp_path):
    lay(tmp_path, "Greek/alpha/1.png", "Greek/alpha/2.gif")
    path = tmp_path / "Greek" / "alpha" / "2.gif"
    refused(tmp_path, f"{path} is no image that is read here: one ends in .png, .jpg, .jpeg, .bmp")


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_image_that_shows_nothing(tmp_path, level):
    lay(tmp_path, "Greek/alpha/1.png", image=bar(ink=level, ground=level))
    refused(tmp_path, f"{tmp_path / 'Greek' / 'alpha' / '1.png'} shows nothing: its pixels are all alike")


@pytest.mark.parametrize(("loose", "said"), [(1, "lies"), (3, "and 2 more lie")])
def test_images_of_no_character_are_refused(tmp_path, loose, said):
    lay(tmp_path, "Greek/alpha/1.png", *(f"Greek/{number}.png" for number in range(loose)))
    sentence = rf"{re.escape(str(tmp_path / 'Greek' / '0.png'))} {said} beside the characters of Greek"
    with pytest.raises(ValueError, match=sentence):
        load_folder(tmp_path)


def test_images_that_equal_an_earlier_one_are_left_out_with_a_warning(tmp_path):
    lay(tmp_path, "Greek/alpha/1.png", "Greek/alpha/2.png", "Thai/ko/1.png")
    lay(tmp_path, "Greek/alpha/3.png", "Thai/ko/2.png")  # the first two again, one of them in another alphabet
    with pytest.warns(UserWarning, match=f"^{tmp_path}: 2 images equal earlier ones and are left out, since a test"):
        characters = load_folder(tmp_path)
    assert [len(images) for images in characters.images] == [2, 1]
    shown = np.concatenate(characters.images).reshape(3, -1)
    assert len(np.unique(shown, axis=0)) == 3


def test_a_character_that_is_a_copy_is_refused(tmp_path):
    lay(tmp_path, "Greek/alpha/1.png", "Greek/alpha/2.png")
    lay(tmp_path, "Thai/ko/1.png", "Thai/ko/2.png")
    inside = tmp_path / "Thai" / "ko"
    refused(
        tmp_path, f"{inside} shows nothing of its own: {inside / '2.png'} is the image {tmp_path}/Greek/alpha/2.png"
    )


@pytest.mark.parametrize(
    "names", [("train", "val", "test"), ("images_background", "images_evaluation"), ("Training", "Greek", "Testing")]
)
def test_folders_of_splits_are_not_alphabets(tmp_path, names):
    lay(tmp_path, *(f"{name}/cat/{number}.png" for name in names for number in range(2)))
    with pytest.raises(ValueError, match=r"which are names of splits, but its folders must be alphabets"):
        load_folder(tmp_path)


def test_one_alphabet_may_be_called_test(tmp_path):
    lay(tmp_path, "test/alpha/1.png", "Greek/alpha/1.png")
    assert load_folder(tmp_path).alphabets == ("Greek", "test")


def test_folders_beside_images_pipes_and_odd_names_are_refused(tmp_path):
    lay(tmp_path, "Greek/alpha/1.png", "Greek/alpha/more/2.png")
    inside = tmp_path / "Greek" / "alpha"
    refused(tmp_path, f"{inside} holds images and the folder more, but the layout is {LAYOUT}")
    (inside / "more").rename(tmp_path / "Greek" / "beta")
    os.mkfifo(tmp_path / "Greek" / "beta" / "3.png")
    refused(tmp_path, f"{tmp_path}/Greek/beta/3.png is a named pipe, but it must be an image")
    (tmp_path / "Greek" / "beta" / "3.png").unlink()
    os.mkdir(os.fsencode(tmp_path) + b"/Greek/\xff")
    refused(tmp_path, f"{tmp_path}/Greek holds '\\udcff', whose name is not UTF-8: rename it")
