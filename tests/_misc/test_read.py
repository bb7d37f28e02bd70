"""Every fault of a file that others wrote is one sentence that names it."""

import csv
import os
import socket
import zipfile

import pytest
from outcomes import within

from hypermaml._misc.read import (
    DEPTH,
    opened,
    parse_json,
    read_bytes,
    read_csv_rows,
    read_json,
    read_member,
    read_text,
)


@pytest.fixture(autouse=True)
def _no_hang():
    with within(20):
        yield


def refused(function, path, *args, **options):
    with pytest.raises(ValueError, match=r".") as error:
        function(path, *args, **options)
    sentence = str(error.value)
    assert str(path) in sentence
    assert "\n" not in sentence
    return sentence


def test_a_pipe_a_device_a_socket_and_a_folder_are_refused_without_waiting(tmp_path, monkeypatch):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refused(read_bytes, pipe, what="a table").endswith("is a named pipe, but it must be a table")
    assert "a folder" in refused(read_json, tmp_path)
    assert "a device" in refused(read_bytes, type(pipe)("/dev/zero"))
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as own:
        own.bind("socket")
        assert "a socket" in refused(read_bytes, tmp_path / "socket")


def test_a_link_to_a_file_is_a_file_and_a_link_to_nothing_is_not(tmp_path):
    (tmp_path / "file").write_text("text")
    (tmp_path / "link").symlink_to("file")
    assert read_text(tmp_path / "link") == "text"
    (tmp_path / "lost").symlink_to("nowhere")
    assert "does not exist" in refused(read_text, tmp_path / "lost")
    (tmp_path / "round").symlink_to("round")
    refused(read_text, tmp_path / "round")
    with pytest.raises(ValueError, match="is not the name of a file"):
        read_text(type(tmp_path)("a\0b"))


def test_the_size_is_checked_before_anything_is_read(tmp_path):
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert f"{1 << 40:,} bytes" in refused(read_bytes, path)
    with pytest.raises(ValueError, match="at most 10"), opened(path, limit=10):
        pass


def test_text_has_one_of_the_encodings(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"caf\xe9")
    assert "is not text in UTF-8 (byte 4)" in refused(read_text, path)
    assert read_text(path, encodings=("utf-8", "latin-1")) == "café"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is empty"),
        ("{", "is not JSON (Expecting"),
        ("[1]", "does not hold an object"),
        ("7", "does not hold an object"),
        ('{"a": 1, "a": 2}', "has the key 'a' twice"),
        ('{"a": NaN}', "holds NaN, which is not a finite"),
        ('{"a": 1e999}', "holds 1e999, which is not a finite"),
        ('{"a": 18446744073709551616}', "more than 64 bits"),
        ('{"a": ' + "9" * 5000 + "}", "more than 64 bits"),
        ('{"a": "\\ud800"}', r"holds \ud800, half of a surrogate pair"),
        ('{"\\udc00": 1}', r"holds \udc00, half of a surrogate pair"),
        ('{"a": ' + "[" * 150 + "]" * 150 + "}", "nested deeper than 100"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested deeper than 100"),
        ("[" * 1_000_000, "nested deeper than 100"),
    ],
)
def test_json_that_is_not_what_it_seems(tmp_path, text, fault):
    path = tmp_path / "file.json"
    path.write_text(text)
    assert fault in refused(read_json, path)


def test_json_within_the_bounds_is_read():
    deep = "[" * DEPTH + "]" * DEPTH
    value = parse_json(f'{{"a": {deep}, "b": "\\ud83d\\ude00", "c": 18446744073709551615, "d": -0.5e-400}}', "here")
    assert (value["b"], value["c"], value["d"]) == ("😀", 2**64 - 1, 0.0)
    assert parse_json("[NaN, 1e999]", "here", kind=list, finite=False)[1] == float("inf")
    with pytest.raises(ValueError, match="does not hold a number"):
        parse_json("true", "here", kind=int)


@pytest.mark.parametrize(
    ("contents", "fault"),
    [
        (b"", "has other columns than a, b"),
        (b"a,c\n1,2\n", "has other columns than a, b"),
        (b"a,b\n1,2\n1\n", "line 3: the row has 1 cells, but the header has 2"),
        (b'a,b\n1,"2\n', "unexpected end of data"),
        (b"a,b\n1,\xff\n", "is not text in UTF-8"),
        (b"a,b\n1," + b"2" * (csv.field_size_limit() + 1), "field larger than"),
    ],
)
def test_csv_that_is_not_what_it_seems(tmp_path, contents, fault):
    path = tmp_path / "file.csv"
    path.write_bytes(contents)
    assert fault in refused(read_csv_rows, path, ["a", "b"])


def test_rows_are_read_by_the_names_of_their_columns(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text('a,b\n1,"2\n3"\n')
    assert read_csv_rows(path, ["a", "b"]) == [{"a": "1", "b": "2\n3"}]


def test_a_member_of_an_archive_is_unpacked_within_its_bound(tmp_path):
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\0" * (1 << 22))
        archive.writestr("locked", b"secret")
        archive.writestr("cut", b"0123456789" * 100)
    contents = bytearray(path.read_bytes())
    entry = contents.rindex(b"PK\x01\x02", 0, contents.rindex(b"locked"))
    contents[entry + 8] |= 1  # the flag of encryption
    cut = contents.index(b"cut") + 3
    contents[cut : cut + 8] = b"\xff" * 8
    path.write_bytes(contents)
    with zipfile.ZipFile(path) as archive:
        for name, fault in {
            "bomb": "4,194,304",
            "locked": "is encrypted",
            "cut": "is damaged",
            "none": "has no",
        }.items():
            with pytest.raises(ValueError, match=fault) as error:
                read_member(archive, name, limit=1 << 20)
            assert str(path) in str(error.value)
        assert len(read_member(archive, "bomb")) == 1 << 22


def test_a_large_bound_takes_no_memory_and_a_file_may_tell_no_size(tmp_path):
    (tmp_path / "file").write_bytes(b"text")
    assert read_bytes(tmp_path / "file", limit=1 << 60) == b"text"
    status = type(tmp_path)("/proc/self/status")
    if status.exists():
        assert read_bytes(status).startswith(b"Name:")
