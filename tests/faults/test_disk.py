"""A disk that is full at each write in turn: one sentence, nothing half-written, and the run goes on afterwards."""

import errno
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from hypermaml._compare import training
from hypermaml._misc import atomic
from hypermaml.run import checkpoint, metrics

pytestmark = pytest.mark.faults

SIZES = ("--iterations", "2", "--chunk", "1", "--meta-batch", "2", "--test-tasks", "2", "--validation-tasks", "2")
RUN = ("train", "sine", "maml", *SIZES)


@contextmanager
def full_at(number, error=errno.ENOSPC):
    """The write of this number fails, as every later one does; yields the list of writes."""
    writes = []

    def before(name, function):
        def write(*args, **options):
            writes.append(name)
            if number is not None and len(writes) > number:
                raise OSError(error, os.strerror(error))
            return function(*args, **options)

        return write

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", -1)
        patch.setattr(Path, "write_bytes", before("file", Path.write_bytes))
        patch.setattr(atomic, "sync", before("flush", atomic.sync))
        patch.setattr(metrics, "write_whole", _whole(before))
        patch.setattr(checkpoint, "_write_arrays", before("arrays", checkpoint._write_arrays))
        patch.setattr(checkpoint, "sync", before("flush of a checkpoint", checkpoint.sync))
        yield writes


def _whole(before):
    """As `write_whole`, with a file whose writes fail."""

    class Failing:
        def __init__(self, file):
            self.write = before("line", file.write)

    return lambda file, data, path: atomic.write_whole(Failing(file), data, path)


def determined(folder):
    patterns = ("results.csv", "summary.json", "training-runs/**/*.jsonl", "training-runs/**/results.csv")
    return {path.relative_to(folder): path.read_bytes() for pattern in patterns for path in folder.glob(pattern)}


def leftovers(folder):
    return [path for path in folder.rglob("*") if path.name.startswith(".")]


def test_each_write_in_turn(execute, tmp_path, tally):
    with full_at(None) as writes:
        assert execute(*RUN, "--out", tmp_path / "whole").status == 0
    whole = determined(tmp_path / "whole")
    assert {"file", "flush", "line", "arrays", "flush of a checkpoint"} <= set(writes)
    first = [number for number, name in enumerate(writes) if number < 12 or name != writes[number - 1]]
    for number in first:
        out = tmp_path / f"full-{number}"
        with full_at(number, errno.EDQUOT if number % 5 == 4 else errno.ENOSPC) as written:
            found = execute(*RUN, "--out", out)
        if found.status == 0 and number >= len(written):  # orbax writes a file more or less
            continue
        assert found.is_sentence(), (number, writes[number], found.errors)
        assert "the disk is full: " in found.errors.splitlines()[-1], (number, writes[number], found.errors)
        assert f"go on with: hypermaml train sine maml {' '.join(SIZES)} --out {out} --resume" in found.errors
        assert not leftovers(out), (number, writes[number])
        tally("full disk: each write", "one sentence")
        resumed = execute(*RUN, "--out", out, "--resume")
        assert resumed.status == 0, (number, writes[number], resumed.errors)
        assert determined(out) == whole, (number, writes[number])
        tally("full disk: each write", "resumed to the byte")


@pytest.fixture
def small_disk(tmp_path):
    """Makes a disk of this many KiB; skipped where the system does not allow it."""
    mounted = []

    def make(kib):
        folder = tmp_path / f"disk-{kib}"
        folder.mkdir()
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", folder], capture_output=True)
        if made.returncode:
            pytest.skip("this system mounts no disk for a test")
        mounted.append(folder)
        return folder

    yield make
    for folder in mounted:
        subprocess.run(["umount", folder], check=True)


def test_a_small_disk(small_disk, tmp_path, tally):
    """A real disk, in a process of its own, so that the libraries below meet it too."""
    program = "from hypermaml._compare import training as t; t.SECONDS_BETWEEN_CHECKPOINTS = -1\n"
    program += "from hypermaml.run import checkpoint as c; c._OVERHEAD = 0\n"  # no warning before it is full
    program += "from hypermaml.cli import main; main()"
    outcomes = []
    for kib in (8, 24, 48, 64, 96, 160, 224, 288, 4096):
        out = small_disk(kib) / "run"
        made = subprocess.run(
            [sys.executable, "-c", program, *RUN, "--out", out], capture_output=True, text=True, timeout=300
        )
        outcomes.append(made.returncode)
        if made.returncode:
            lines = made.stderr.splitlines()
            assert "the disk is full: " in lines[-1], made.stderr
            assert len([line for line in lines if "hypermaml: " in line]) == 1, made.stderr
            assert "Traceback" not in made.stderr, made.stderr
            assert len(lines) < 6, made.stderr
            assert not leftovers(out), kib
        tally("full disk: a small disk", "one sentence" if made.returncode else "enough room")
    assert (outcomes.count(1) >= 4, outcomes[-1]) == (True, 0)
