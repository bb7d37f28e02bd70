import os

import pytest

from hypermaml._misc.atomic import write_atomic


def test_text_and_bytes_arrive_unchanged(tmp_path):
    write_atomic(tmp_path / "a", "é\r\nb\n")
    write_atomic(tmp_path / "b", b"\x00\xff")
    assert (tmp_path / "a").read_bytes() == "é\r\nb\n".encode()
    assert (tmp_path / "b").read_bytes() == b"\x00\xff"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_kill_before_the_rename_leaves_the_old_file_and_the_next_write_cleans_up(tmp_path, monkeypatch):
    path = tmp_path / "results.csv"
    write_atomic(path, "old")

    def kill(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", kill)
        with pytest.raises(KeyboardInterrupt):
            write_atomic(path, "new")
    assert path.read_text() == "old"

    write_atomic(path, "newer")
    assert path.read_text() == "newer"
    assert list(tmp_path.iterdir()) == [path]
