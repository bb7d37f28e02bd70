import json
import math
import struct

import numpy as np
import pytest
from tensorboardX.proto import event_pb2
from tensorboardX.record_writer import masked_crc32c

from hypermaml.run.metrics import MetricsLog, read


def _events(folder):
    """Read the events of all sessions back, checksums included."""
    events = []
    for path in sorted(folder.glob("*tfevents*")):
        data = path.read_bytes()
        while data:
            (length,) = struct.unpack("<Q", data[:8])
            record, checksum = data[12 : 12 + length], data[12 + length : 16 + length]
            assert data[8:12] == struct.pack("<I", masked_crc32c(data[:8]))
            assert checksum == struct.pack("<I", masked_crc32c(record))
            events.append(event_pb2.Event.FromString(record))
            data = data[16 + length :]
    return events


def _scalars(folder):
    return [(event.step, value.tag, value.simple_value) for event in _events(folder) for value in event.summary.value]


def _log(folder, iterations, *, resume_at):
    with MetricsLog(folder, resume_at=resume_at) as log:
        for iteration in iterations:
            log.log(iteration, {"loss": 1 / (iteration + 1), "train/return": -float(iteration)})


def test_lines_are_exact_and_read_back(tmp_path):
    values = {
        "a": 0.1,
        "b": np.float32(0.3),
        "c": 1e300,
        "d": -0.0,
        "e": 3,
        "f": math.nan,
        "g": math.inf,
        "h": -math.inf,
    }
    with MetricsLog(tmp_path / "unit", resume_at=None) as log:
        log.log(7, values)
        (row,) = read(tmp_path / "unit")  # at once, before the log is closed
    assert list(row) == ["iteration", *values]
    assert row["iteration"] == 7
    for name, value in values.items():
        np.testing.assert_array_equal(row[name], float(value))
    assert math.copysign(1, row["d"]) == -1

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    line = json.loads((tmp_path / "unit" / "metrics.jsonl").read_text(), parse_constant=refuse)
    assert (line["f"], line["g"], line["h"]) == ("nan", "inf", "-inf")


def test_a_resumed_log_equals_an_undisturbed_one(tmp_path):
    _log(tmp_path / "whole", range(10), resume_at=None)
    _log(tmp_path / "cut", range(7), resume_at=None)
    with (tmp_path / "cut" / "metrics.jsonl").open("ab") as file:
        file.write(b'{"iteration": 7, "lo')
    assert [row["iteration"] for row in read(tmp_path / "cut")] == list(range(7))
    _log(tmp_path / "cut", range(5, 10), resume_at=4)
    assert (tmp_path / "cut/metrics.jsonl").read_bytes() == (tmp_path / "whole/metrics.jsonl").read_bytes()


def test_events_carry_the_same_values_and_purge_what_is_repeated(tmp_path):
    _log(tmp_path, range(3), resume_at=None)
    assert _scalars(tmp_path)[2:4] == [(1, "loss", 0.5), (1, "train/return", -1.0)]
    _log(tmp_path, range(2, 4), resume_at=1)
    starts = [event for event in _events(tmp_path) if event.HasField("session_log")]
    assert [(event.step, event.session_log.status) for event in starts] == [(2, event_pb2.SessionLog.START)]
    assert [step for step, tag, _ in _scalars(tmp_path) if tag == "loss"] == [0, 1, 2, 2, 3]
    versions = [event.file_version for event in _events(tmp_path) if event.file_version]
    assert versions == ["brain.Event:2"] * 2


def test_events_take_what_a_float32_cannot_hold(tmp_path):
    with MetricsLog(tmp_path, resume_at=None) as log:
        log.log(0, {"a": 1e300, "b": math.nan, "c": -math.inf})
    values = [value for _, _, value in _scalars(tmp_path)]
    np.testing.assert_array_equal(values, [math.inf, math.nan, -math.inf])


def test_starting_anew_forgets_everything(tmp_path):
    _log(tmp_path, range(3), resume_at=None)
    _log(tmp_path, range(1), resume_at=None)
    assert len(read(tmp_path)) == 1
    assert len(_scalars(tmp_path)) == 2


@pytest.mark.parametrize("line", [b"{", b"[1]", b'{"loss": 1.0}', b'{"iteration": 1, "loss": "x"}', b"\xff", b""])
def test_a_damaged_line_is_named(tmp_path, line):
    _log(tmp_path, range(1), resume_at=None)
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(path.read_bytes() + line + b"\n" + path.read_bytes())
    for use in (lambda: read(tmp_path), lambda: MetricsLog(tmp_path, resume_at=3)):
        with pytest.raises(ValueError, match=rf"^Line 2 of {path} is damaged"):
            use()


def test_an_absent_log_is_empty_and_a_second_iteration_is_refused(tmp_path):
    assert read(tmp_path) == []
    with MetricsLog(tmp_path, resume_at=None) as log, pytest.raises(TypeError, match="iteration"):
        log.log(0, {"iteration": 1.0})
