import re
from pathlib import Path

import numpy as np
import pytest

from hypermaml.data.archive import digest, read_archive, write_archive
from hypermaml.data.cache import SMALL_FILE, cache_file, load_glyphs, load_small
from hypermaml.data.characters import SHARES
from hypermaml.data.glyphs import SMALL


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ({}, Path.home() / ".cache/hypermaml/glyphs.npz"),
        ({"XDG_CACHE_HOME": ""}, Path.home() / ".cache/hypermaml/glyphs.npz"),
        ({"XDG_CACHE_HOME": "/c"}, Path("/c/hypermaml/glyphs.npz")),
        ({"XDG_CACHE_HOME": "/c", "HYPERMAML_CACHE": "/d"}, Path("/d/glyphs.npz")),
        ({"HYPERMAML_CACHE": "~/d"}, Path.home() / "d/glyphs.npz"),
    ],
)
def test_where_the_cache_lies(variables, path):
    assert cache_file(variables) == path


def test_the_cache_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERMAML_CACHE", str(tmp_path))
    small = load_small()
    write_archive(cache_file(), small, {})
    assert digest(load_glyphs()) == digest(small)
    assert digest(load_glyphs(tmp_path / "glyphs.npz")) == digest(small)


def test_an_absent_or_damaged_file_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERMAML_CACHE", str(tmp_path))
    path, other = tmp_path / "glyphs.npz", tmp_path / "other.npz"
    for given, where in ((None, ""), (other, f" --out {other}")):
        sentence = f"the glyphs are not in {given or path}: draw them with `hypermaml data glyphs{where}`"
        with pytest.raises(FileNotFoundError, match=f"^{re.escape(sentence)}$"):
            load_glyphs(given)
    path.write_bytes(b"PK")
    with pytest.raises(ValueError, match=r" is damaged, .*: draw it again with `hypermaml data glyphs --overwrite`$"):
        load_glyphs()


def test_the_small_set_is_what_it_says():
    characters, made = read_archive(SMALL_FILE)
    assert SMALL_FILE.stat().st_size < 600_000
    assert tuple(dict.fromkeys(characters.alphabets)) == SMALL
    assert {characters.alphabets.count(name) for name in SMALL} == {10}
    stack = characters.stacked(20)
    assert stack.shape == (120, 20, 28, 28)
    assert set(np.unique(stack)) == set(range(0, 256, 17))
    assert (stack.max((2, 3)) > 200).all()
    assert ((stack > 127).mean((2, 3)) < 0.5).all()
    assert {len(images) for images in characters.images} == {20}
    assert (made["images"], made["seed"], made["small"]) == (20, 0, True)
    assert all(name.startswith("Noto") for name in made["fonts"])
    assert digest(characters) == "a087e99172a18869f8319d97633e46450737fcaee39843c26c78480fe800b754"


def test_the_small_set_can_be_split():
    parts = load_small().split()
    assert {name: len(part) for name, part in parts.items()} == dict(zip(SHARES, (90, 10, 20), strict=True))


def test_the_small_set_says_where_it_came_from():
    note = SMALL_FILE.with_suffix(".md").read_text()
    assert "SIL Open\nFont License 1.1" in note
    assert "hypermaml data glyphs --small" in note
