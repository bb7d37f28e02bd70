"""What an experiment read belongs to its run: every option that names files."""

import os
from dataclasses import fields, replace

import pytest

from hypermaml.data.power import simbench
from hypermaml.experiments.families import FAMILIES
from hypermaml.experiments.files import Reads
from hypermaml.experiments.glyphs import GlyphsExperiment
from hypermaml.experiments.power import PowerForecastExperiment

OPTIONS = [(kind, name) for kind in FAMILIES.values() for name in kind.reads]


@pytest.mark.parametrize(("kind", "name"), OPTIONS, ids=[f"{kind.name}-{name}" for kind, name in OPTIONS])
def test_changed_contents_change_the_identity_and_another_place_does_not(kind, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reads = kind.reads[name]
    folder = tmp_path.joinpath("data", *"ab"[: reads.depth - 1])
    folder.mkdir(parents=True)
    file = folder / f"file{reads.endings[0]}"
    file.write_text("one")
    some = kind(**{name: "data"})
    assert getattr(some, name) == str(tmp_path / "data")  # wherever the program goes on
    before, variant = some.decisive(), some.variant()
    some.check_files(some.files())
    assert f"{name}=data" in variant
    (tmp_path / "data").rename(tmp_path / "moved")
    assert kind(**{name: "moved"}).decisive() == before
    (tmp_path / "moved").rename(tmp_path / "data")
    saved = some.files()
    file.write_text("two")
    assert some.decisive() != before
    with pytest.raises(ValueError, match=f"^{tmp_path / 'data'} has changed since the run was made$"):
        some.check_files(saved)
    file.with_suffix(".other").write_text("is not read")
    (folder / ".hidden").write_text("is not read")
    assert some.files() == kind(**{name: "data"}).files()


@pytest.mark.parametrize("kind", FAMILIES.values(), ids=FAMILIES)
def test_every_option_that_takes_a_path_is_declared(kind):
    texts = {each.name for each in fields(kind) if isinstance(each.default, str) and each.type == "str"}
    columns = {"task", "target", "splits", "groups", "timezone"}
    assert texts - columns == set(kind.reads)


def test_words_are_no_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert PowerForecastExperiment(data="synthetic").data == "synthetic"
    assert PowerForecastExperiment(data="synthetic").files() == {}
    monkeypatch.setenv("HYPERMAML_CACHE", str(tmp_path))
    drawn = GlyphsExperiment()
    assert drawn.files() == {}  # the family says that they are not drawn
    (tmp_path / "glyphs.npz").write_text("one")
    assert drawn.files()["characters"]["path"] == str(tmp_path / "glyphs.npz")
    assert replace(drawn, shots=2).variant() == "normalization=batch;shots=2"


def test_profiles_of_an_installed_package_have_a_digest(tmp_path, monkeypatch):
    folder = tmp_path / simbench.DATA
    folder.mkdir(parents=True)
    (folder / "LoadProfile.csv").write_text("one")
    monkeypatch.setattr(simbench, "simbench_folder", lambda: tmp_path)
    some = PowerForecastExperiment(data="simbench")
    saved = some.files()
    assert saved["data"]["path"] == str(folder)
    (folder / "LoadProfile.csv").write_text("two")
    with pytest.raises(ValueError, match=f"^{folder} has changed since the run was made$"):
        some.check_files(saved)

    def missing():
        raise ModuleNotFoundError("simbench")

    monkeypatch.setattr(simbench, "simbench_folder", missing)
    assert some.files() == {}


def test_only_regular_files_are_digested(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ValueError, match=r"pipe\.csv is a named pipe, but it must be a file of data"):
        Reads(endings=(".csv",)).digest(tmp_path)
    with pytest.raises(ValueError, match="there is no file or folder"):
        Reads().digest(tmp_path / "none")
