import numpy as np
import pytest

from hypermaml.data.render import deform, distinct, draw, outline


@pytest.fixture
def face(fonts):
    return fonts / "DejaVuSans.ttf"


def test_an_outline_is_cut_to_its_ink(face):
    for letter in "iMw.":
        ink = outline(face, letter)
        assert ink.dtype == np.uint8
        assert 36 <= max(ink.shape) <= 44
        assert all(edge.any() for edge in (ink[0], ink[-1], ink[:, 0], ink[:, -1]))
    assert outline(face, " ") is None


def test_letters_are_upright_centred_and_whole(face):
    images = draw("Latn", "L", [face], images=40, seed=0)
    assert (images.shape, images.dtype) == ((40, 28, 28), np.uint8)
    assert set(np.unique(images)) <= set(range(0, 256, 17))
    assert (images.max((1, 2)) > 200).all()
    mean = images.mean(0)
    assert mean[:14, :12].mean() > 2 * mean[:12, 16:].mean()  # L: a stem on the left, nothing at the upper right
    edges = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], 1)
    assert (edges.max(1) > 128).mean() < 0.1
    rows, columns = (np.nonzero(mean.sum(axis) > mean.sum(axis).max() / 20)[0] for axis in (1, 0))
    assert abs(rows.mean() - 13.5) < 2
    assert abs(columns.mean() - 13.5) < 2


def test_images_depend_on_seed_script_letter_and_index_alone(face, fonts):
    faces = [face, fonts / "DejaVuSans-Bold.ttf"]
    images = draw("Grek", "λ", faces, images=6, seed=3)
    np.testing.assert_array_equal(draw("Grek", "λ", faces, images=6, seed=3), images)
    np.testing.assert_array_equal(draw("Grek", "λ", faces, images=2, seed=3), images[:2])
    assert (draw("Grek", "λ", faces, images=6, seed=4) != images).any((1, 2)).all()
    assert (draw("Latn", "λ", faces, images=6, seed=3) != images).any((1, 2)).all()
    assert len({image.tobytes() for image in images}) == 6


def test_several_faces_are_used(face, fonts):
    bold = fonts / "DejaVuSans-Bold.ttf"
    both = draw("Latn", "o", [face, bold], images=20, seed=0)
    alone = draw("Latn", "o", [face, face], images=20, seed=0)
    same = (both == alone).all((1, 2))
    assert 3 <= same.sum() <= 17


def test_a_deformed_letter_stays_in_the_frame_at_any_shape():
    for shape in ((40, 40), (40, 3), (2, 40)):
        ink = np.full(shape, 255, np.uint8)
        images = np.stack([deform(ink, np.random.default_rng(seed)) for seed in range(50)])
        edges = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], 1)
        assert (edges > 128).mean() < 0.01
        assert (images.max((1, 2)) > 200).all()


def test_dots_twins_and_empty_glyphs_fall_out(face):
    # Cyrillic and Greek letters of the same form as Latin ones; a dot; a space
    letters = ["a", "o", "а", "о", "x", "ο", ".", " ", "i"]
    assert distinct(letters, dict.fromkeys(letters, face)) == ["a", "o", "x", "i"]


def test_what_no_font_draws_is_one_sentence(face, tmp_path):
    with pytest.raises(ValueError, match=r"^the letter U\+0020 is empty in every font that has it$"):
        draw("Latn", " ", [face], images=1, seed=0)
    path = tmp_path / "a.ttf"
    path.write_bytes(b"no font")
    with pytest.raises(ValueError, match=f"^the font {path} cannot be drawn with: "):
        outline(path, "a")
