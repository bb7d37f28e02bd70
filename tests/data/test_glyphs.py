import numpy as np
import pytest

from hypermaml.data.archive import digest
from hypermaml.data.glyphs import draw_glyphs


def test_characters_of_all_scripts(fonts, monkeypatch):
    monkeypatch.setattr("hypermaml.data.glyphs.LETTERS", 8)
    told = []
    characters, made = draw_glyphs(fonts, images=2, seed=1, report=lambda done, letters: told.append((done, letters)))
    assert told == [(done, len(characters)) for done in range(1, len(characters) + 1)]
    assert {"Greek", "Cyrillic", "Armenian"} <= set(characters.alphabets)
    assert list(characters.alphabets) == sorted(characters.alphabets)
    assert "Armenian/U+0561" in characters.names
    assert max(map(characters.alphabets.count, characters.alphabets)) == 8
    assert min(map(characters.alphabets.count, characters.alphabets)) >= 5
    assert characters.stacked(2).shape == (len(characters), 2, 28, 28)
    assert (characters.stacked(2).max((2, 3)) > 100).all()
    assert sorted(made["fonts"]) == ["DejaVuSans-Bold.ttf", "DejaVuSans.ttf"]
    assert (made["images"], made["seed"], made["small"]) == (2, 1, False)

    again, _ = draw_glyphs(fonts, images=2, seed=1)
    assert digest(again) == digest(characters)
    other, _ = draw_glyphs(fonts, images=2, seed=2)
    assert other.names == characters.names
    assert digest(other) != digest(characters)


def test_a_small_set_has_ten_letters_of_each_named_script(fonts, monkeypatch):
    monkeypatch.setattr("hypermaml.data.glyphs.SMALL", ("Greek", "Cyrillic"))
    characters, made = draw_glyphs(fonts, images=1, small=True)
    assert [characters.alphabets.count(name) for name in ("Cyrillic", "Greek")] == [10, 10]
    assert len(characters) == 20
    assert made["small"]
    monkeypatch.setattr("hypermaml.data.glyphs.SMALL", ("Greek", "Vai"))
    with pytest.raises(ValueError, match=f"^the fonts in {fonts} lack Vai, one of the 2 scripts of the small set$"):
        draw_glyphs(fonts, small=True)


@pytest.mark.parametrize("wrong", [{"images": 0}, {"seed": -1}])
def test_wrong_numbers(fonts, wrong):
    with pytest.raises(ValueError, match=r"they must be at least 1 and 0$"):
        draw_glyphs(fonts, **wrong)


def test_two_letters_of_a_script_differ(fonts, monkeypatch):
    monkeypatch.setattr("hypermaml.data.glyphs.SMALL", ("Greek",))
    stack = draw_glyphs(fonts, images=8, small=True)[0].stacked(8).astype(float).mean(1).reshape(10, -1)
    stack /= np.linalg.norm(stack, axis=1, keepdims=True)
    assert (stack @ stack.T)[np.triu_indices(10, 1)].max() < 0.98
