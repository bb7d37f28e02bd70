"""Sizes that a GGUF file announces are compared with what it holds, before there is room for them."""

import os
import struct

import pytest
from outcomes import within

from hypermaml.lm.gguf_file import GGUF
from hypermaml.lm.gguf_header import read_header


@pytest.fixture(autouse=True)
def _no_hang():
    with within(20):
        yield


def header(fields=b"", *, count=1, tensors=0, version=3):
    return b"GGUF" + struct.pack("<IQQ", version, tensors, count) + fields


def field(kind, value, name=b"a"):
    return struct.pack("<Q", len(name)) + name + struct.pack("<I", kind) + value


def tensor(name):
    return struct.pack("<Q1sIQIQ", 1, name, 1, 2, 0, 0)


@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        (b"", "it does not begin with GGUF"),
        (b"GGUF", "it ends too early"),
        (header(version=1, count=0), "its version is 1, but it must be 2 or 3"),
        (header(version=0x3000000, count=0), "with the smallest byte first"),
        (header(count=2**60), "it announces 1152921504606846976 fields, but it may have at most 16384"),
        (header(count=0, tensors=2**60), "it announces 1152921504606846976 tensors, but it may have at most 131072"),
        (
            header(field(9, struct.pack("<IQ", 0, 2**60))),
            "an array has 1152921504606846976 entries, but it may",
        ),
        (header(field(9, struct.pack("<IQ", 0, 2**20))), "it ends too early"),
        (header(field(9, struct.pack("<IQIQ", 9, 1, 9, 1))), "a value has the type 9, which is not read"),
        (header(field(8, struct.pack("<Q", 2**60))), "a text has 1152921504606846976 bytes, but it may have at most"),
        (header(field(77, b"")), "a value has the type 77, which is not read"),
        (header(2 * field(0, b"1"), count=2), "two of the fields have one name"),
        (
            header(struct.pack("<Q", 1) + b"t" + struct.pack("<I", 9), count=0, tensors=1),
            "the tensor t has 9 axes, but it",
        ),
        (
            header(struct.pack("<Q1sIQIQ", 1, b"t", 1, 2**60, 0, 0), count=0, tensors=1),
            "the tensor t has 4611686018427387904 bytes from byte 64 on, beyond the end",
        ),
        (header(struct.pack("<Q1sIQIQ", 1, b"t", 1, 2, 99, 0), count=0, tensors=1), "the tensor t is of the kind 99, "),
        (
            header(struct.pack("<Q1sIQIQ", 1, b"t", 1, 9, 8, 0), count=0, tensors=1),
            "the tensor t has rows of 9 entries",
        ),
        (header(tensor(b"t") + tensor(b"u"), count=0, tensors=2) + bytes(64), "the tensors t and u overlap"),
        (header(field(4, bytes(4), b"general.alignment")), "general.alignment is 0, but it must be a number from 1 to"),
        (header(field(8, struct.pack("<Q", 1) + b"\xff")), "a text is not in UTF-8"),
    ],
)
def test_what_is_announced_and_is_not_there(tmp_path, held, sentence):
    path = tmp_path / "model.gguf"
    path.write_bytes(held)
    with pytest.raises(ValueError, match=rf"model.gguf is damaged or no GGUF file: .*{sentence}"):
        read_header(path)


def test_long_arrays_take_no_time(tmp_path):
    path = tmp_path / "model.gguf"
    texts = struct.pack("<IQ", 8, 1 << 16) + bytes(8 << 16)
    path.write_bytes(header(field(9, struct.pack("<IQ", 0, 1 << 20) + bytes(1 << 20)) + field(9, texts, b"b"), count=2))
    assert read_header(path).fields == {"a": [0] * (1 << 20), "b": [""] * (1 << 16)}


def test_a_right_file_passes_and_no_byte_more(tmp_path, gguf):
    path = gguf(tmp_path / "model.gguf")
    read_header(path)
    path.write_bytes(path.read_bytes() + bytes(64))
    with pytest.raises(ValueError, match=r"model.gguf is damaged or no GGUF file: it holds more than its tensors"):
        GGUF(path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "model.gguf")
    with pytest.raises(ValueError, match=r"model.gguf is a named pipe, but it must be a \.gguf file"):
        GGUF(tmp_path / "model.gguf")
