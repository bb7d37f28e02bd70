"""`data glyphs`: drawn once, told again, and what cannot be."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from hypermaml.data.archive import read_archive


@pytest.fixture
def fonts(tmp_path):
    folder = tmp_path / "fonts"
    folder.mkdir()
    shipped = Path(find_spec("matplotlib").origin).parent / "mpl-data" / "fonts" / "ttf"
    shutil.copy(shipped / "DejaVuSans.ttf", folder)
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERMAML_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("hypermaml.data.glyphs.LETTERS", 6)
    return tmp_path / "cache" / "glyphs.npz"


def test_glyphs_are_drawn_once_and_told(hypermaml, fonts, cache, tmp_path):
    outcome = hypermaml("data", "glyphs", "--fonts", fonts, "--images", "2", "--sheet", tmp_path / "sheet.png")
    assert outcome.status == 0, outcome.errors
    characters, _ = read_archive(cache)
    *facts, sheet = outcome.output.splitlines()
    scripts, letters, images, file, checksum = facts
    assert scripts == f"Scripts: {len(set(characters.alphabets))}"
    assert letters == f"Letters: {len(characters)}"
    assert images == f"Images: {2 * len(characters)} (2 a letter, seed 0)"
    assert re.fullmatch(rf"File: {cache} \(\d\.\d MB\)", file)
    assert re.fullmatch(r"SHA-256 of the contents: [0-9a-f]{64}", checksum)
    assert sheet == f"Sheet: {tmp_path / 'sheet.png'}"
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")

    before = cache.read_bytes()
    again = hypermaml("data", "glyphs", "--images", "3")
    assert again.output.splitlines() == [*facts, "The file exists; draw it again with --overwrite."]
    assert cache.read_bytes() == before
    anew = hypermaml("data", "glyphs", "--fonts", fonts, "--images", "3", "--seed", "1", "--overwrite")
    assert anew.output.splitlines()[2] == f"Images: {3 * len(characters)} (3 a letter, seed 1)"


def test_another_file(hypermaml, fonts, cache, tmp_path):
    path = tmp_path / "mine.npz"
    outcome = hypermaml("data", "glyphs", "--fonts", fonts, "--images", "1", "--out", path)
    assert outcome.status == 0, outcome.errors
    assert len(read_archive(path)[0].images[0]) == 1
    assert not cache.exists()


def test_a_damaged_cache_is_told_and_mended(hypermaml, fonts, cache):
    cache.parent.mkdir()
    cache.write_bytes(b"PK")
    outcome = hypermaml("data", "glyphs")
    assert outcome.status == 1
    assert outcome.sentence.startswith(f"{cache} is damaged, ")
    assert outcome.sentence.endswith("draw it again with `hypermaml data glyphs --overwrite`")
    assert hypermaml("data", "glyphs", "--fonts", fonts, "--images", "1", "--overwrite").status == 0
    assert read_archive(cache)[1]["images"] == 1


def test_absent_fonts(hypermaml, cache, tmp_path):
    outcome = hypermaml("data", "glyphs", "--fonts", tmp_path / "no")
    assert (outcome.status, outcome.output) == (1, "")
    assert outcome.sentence.startswith(f"no fonts with letters are in {tmp_path / 'no'}: `apt install fonts-noto-core ")
    assert not cache.parent.exists()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ("", "NAME is missing: write hypermaml data NAME, then the options"),
        ("glyhps", "there is no data set 'glyhps'; did you mean glyphs? The data sets are glyphs"),
        ("glyphs --imags 3", "there is no option '--imags'; did you mean --images? The options are --fonts, "),
        ("glyphs --images 0", "images is 0, but it must be at least 1"),
        ("glyphs --images many", "--images: 'many' is not a whole number"),
        ("glyphs --seed -1", "seed is -1, but it must be at least 0 and below 2^32"),
        ("glyphs --small", "--small needs --out FILE: the set that ships with the package is not written over"),
        ("glyphs --out {tmp}/a.zip", "--out: {tmp}/a.zip must end in .npz"),
        ("glyphs --out {tmp}/no/a.npz", "--out: cannot write {tmp}/no/a.npz; name a file in a folder that exists and "),
        (
            "glyphs --out {tmp}/thesis.npz --overwrite",
            "--out: {tmp}/thesis.npz exists and is not a .npz file; name another",
        ),
        ("glyphs --sheet {tmp}/a.jpg", "--sheet: {tmp}/a.jpg must end in .png"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_is_written(hypermaml, cache, tmp_path, args, sentence):
    (tmp_path / "thesis.npz").write_text("mine")
    outcome = hypermaml("data", *args.format(tmp=tmp_path).split())
    assert (outcome.status, outcome.output) == (2, "")
    assert outcome.sentence.startswith(sentence.format(tmp=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.npz"]


def test_help_does_not_load_what_is_slow():
    code = "import sys; from hypermaml.cli.program import command\ntry: command(['data', 'glyphs', '--help'])\n"
    code += "finally: print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    modules = set(done.stdout.splitlines()[-1].split())
    assert "hypermaml" in modules
    assert not modules & {"jax", "numpy", "matplotlib", "fontTools", "scipy", "PIL"}
