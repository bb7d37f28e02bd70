import pytest

from hypermaml.cli.files import check_new, check_output_file, check_output_folder
from hypermaml.cli.names import UsageError

KINDS = {".png": b"\x89PNG", ".svg": b"<?xml", ".gif": b"GIF8"}


def test_new_files_and_files_of_the_same_kind_pass(tmp_path):
    check_output_file(None, KINDS)
    check_output_file(tmp_path / "a.PNG", KINDS)
    (tmp_path / "b.gif").write_bytes(b"GIF89a")
    check_output_file(tmp_path / "b.gif", KINDS)
    check_output_file(tmp_path / "no ending", {"": b"family,"})
    check_output_file(tmp_path / "new" / "a.png", KINDS, folder=tmp_path)
    check_output_folder(tmp_path)
    check_output_folder(tmp_path / "new")


@pytest.mark.parametrize(
    ("name", "kinds", "sentence"),
    [
        ("a.jpg", KINDS, "--sheet: {path} must end in .png, .svg or .gif"),
        ("a.zip", {".npz": b"PK"}, "--sheet: {path} must end in .npz"),
        ("no/a.png", KINDS, "--sheet: cannot write {path}; name a file in a folder that exists and may be written"),
        ("folder.png", KINDS, "--sheet: cannot write {path}; name a file in a folder that exists and may be written"),
        ("text.png", KINDS, "--sheet: {path} exists and is not a .png file; name another file"),
        ("text.png", {"": b"family,"}, "--sheet: {path} exists and is not a file of this kind; name another file"),
    ],
)
def test_other_files_are_one_sentence(name, kinds, sentence, tmp_path):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "text.png").write_text("mine")
    with pytest.raises(UsageError) as caught:
        check_output_file(tmp_path / name, kinds, option="--sheet")
    assert str(caught.value) == sentence.format(path=tmp_path / name)


def test_a_file_is_not_a_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="file is a file; name a folder"):
        check_output_folder(tmp_path / "file")
    with pytest.raises(UsageError, match="file is a file; name another folder"):
        check_output_folder(tmp_path / "file" / "new")


def test_a_file_replaces_no_folder(tmp_path):
    with pytest.raises(UsageError, match=r"--out: .* is a folder; name a file"):
        check_new(tmp_path, overwrite=True)
    check_new(tmp_path, overwrite=True, file=False)


def test_a_folder_that_may_not_be_written_is_named_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)
    with pytest.raises(UsageError, match=r"--out: cannot write .*new; name a folder that may be written"):
        check_output_folder(tmp_path / "new")
