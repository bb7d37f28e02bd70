import importlib.util
import re
import shutil

import pytest

from hypermaml.data import fonts as module
from hypermaml.data.fonts import FONTS, evenly, find_scripts, versions_of


def test_scripts_and_their_letters(fonts):
    scripts = {script.name: script for script in find_scripts(fonts)}
    assert {"Latin", "Greek", "Cyrillic", "Armenian", "Georgian"} <= set(scripts)
    assert list(scripts) == sorted(scripts)
    assert not {"Common", "Inherited", "Unknown"} & set(scripts)
    greek = scripts["Greek"]
    assert greek.code == "Grek"
    assert set("αβγω") <= set(greek.letters)
    assert not set("ΑΒά;ͺ̓a") & set(greek.letters)  # capitals, accents, punctuation, marks, other scripts
    assert list(greek.letters) == sorted(set(greek.letters))
    assert all(len(script.letters) >= 5 for script in scripts.values())
    assert [face.name for face in greek.faces["α"]] == ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"]  # the plainest first
    for script in scripts.values():
        assert set(script.faces) == set(script.letters)
        assert all(script.faces.values())


def test_a_script_has_its_own_noto_fonts(fonts, tmp_path):
    source = fonts / "DejaVuSans.ttf"
    names = ["NotoSansGreek-Regular.ttf", "NotoSerifGreek-Bold.ttf", "NotoSansGreekOld-Regular.ttf"]
    names += ["NotoSans-Regular.ttf", "NotoSansGreek-Thin.ttf", "NotoSans[wght].ttf", "NotoSans-Italic.ttf"]
    for name in names:
        shutil.copy(source, tmp_path / name)
    scripts = {script.name: script for script in find_scripts(tmp_path)}
    assert [face.name for face in scripts["Greek"].faces["α"]] == names[:2]
    others = {face.name for face in scripts["Latin"].faces["a"]}
    assert others == set(names) - {"NotoSansGreek-Thin.ttf", "NotoSans-Italic.ttf"}


def test_versions(fonts):
    ((name, version),) = versions_of([fonts / "DejaVuSans.ttf"]).items()
    assert name == "DejaVuSans.ttf"
    assert re.fullmatch(r"Version 2\.\d+", version)


@pytest.mark.parametrize(("most", "kept"), [(1, "a"), (2, "ag"), (4, "aceg"), (7, "abcdefg"), (9, "abcdefg")])
def test_evenly(most, kept):
    assert "".join(evenly("abcdefg", most)) == kept


@pytest.mark.parametrize("exists", [False, True])
def test_absent_fonts_are_one_sentence(tmp_path, exists):
    folder = tmp_path if exists else tmp_path / "no"
    with pytest.raises(FileNotFoundError) as refusal:
        find_scripts(folder)
    command = "`apt install fonts-noto-core fonts-noto-extra`"
    assert str(refusal.value) == (
        f"no fonts with letters are in {folder}: {command} lays Noto's in {FONTS}, or name another folder with --fonts"
    )


def test_a_damaged_font_is_named(fonts, tmp_path):
    path = tmp_path / "NotoSans-Regular.ttf"
    for contents in (b"", b"no font at all", (fonts / "DejaVuSans.ttf").read_bytes()[:2000]):
        path.write_bytes(contents)
        with pytest.raises(ValueError, match=f"^the font {path} cannot be read: it is damaged or no font$"):
            find_scripts(tmp_path)


@pytest.mark.parametrize(("package", "name"), [("fontTools", "fonttools"), ("scipy", "scipy")])
def test_a_missing_extra_is_one_sentence(fonts, monkeypatch, package, name):
    find = importlib.util.find_spec
    monkeypatch.setattr(module, "find_spec", lambda asked: None if asked == package else find(asked))
    sentence = rf"^drawing glyphs needs {name}, which is not installed: pip install .*\[glyphs\]'$"
    with pytest.raises(ModuleNotFoundError, match=sentence):
        find_scripts(fonts)
