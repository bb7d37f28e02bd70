import errno
import io
import os

import pytest

from hypermaml._misc.atomic import is_full, write_atomic, write_whole


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


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    path = tmp_path / "results.csv"
    write_atomic(path, "old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("hypermaml._misc.atomic.sync", full)
    with pytest.raises(OSError, match=rf"the disk is full: [\d,]+ bytes are free in {tmp_path}") as error:
        write_atomic(path, "new")
    assert is_full(error.value)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_part_that_the_system_takes_is_followed_by_the_rest(tmp_path):
    class Narrow(io.BytesIO):
        def write(self, data):
            return super().write(bytes(data)[:3])

    file = Narrow()
    write_whole(file, b"0123456789", tmp_path / "log")
    assert file.getvalue() == b"0123456789"
