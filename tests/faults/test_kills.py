"""Kills and terminations at random moments, over four families: what is gone on with ends as an undisturbed run does.

Each process lives in a folder of its own, with a compilation cache, so that most of its time is training.
"""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

pytestmark = pytest.mark.faults

KILLS, TERMINATIONS = 13, 5  # of each of the four families
SIZES = ("--chunk", "2", "--meta-batch", "2", "--test-tasks", "3", "--validation-tasks", "3", "--seeds", "1")
FAMILIES = {
    "sine": ("sine", "--iterations", "400"),
    "clustered-sine": ("clustered-sine", "--iterations", "400"),
    "navigation": ("navigation", "--iterations", "60"),
    "table": ("table", "--rows", "rows.csv", "--task", "task", "--target", "y", "--shots", "2", "--iterations", "400"),
}
PROGRAM = """
from hypermaml._compare import training
training.SECONDS_BETWEEN_CHECKPOINTS = 0.3
from hypermaml.cli import main
main()
"""


@pytest.fixture
def start(tmp_path):
    """Starts a comparison in a process of its own."""
    rng = np.random.default_rng(0)
    lines = [f"{task},{x:.3f},{np.sin(x + task):.3f}" for task in range(30) for x in rng.uniform(-3, 3, 8)]
    (tmp_path / "rows.csv").write_text("\n".join(["task,x,y", *lines]) + "\n")
    cache = {
        "JAX_COMPILATION_CACHE_DIR": os.environ.get("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "cache")),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }

    def begin(family, out):
        command = ("compare", *FAMILIES[family], "--methods", "maml", "hypermaml", *SIZES, "--out", out, "--resume")
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *command],
            cwd=tmp_path,
            env=os.environ | cache,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin


def determined(folder):
    """All that the seed determines, byte for byte."""
    patterns = ("results.csv", "summary.json", "table.*", "training-runs/**/*.jsonl", "training-runs/**/results.csv")
    return {path.relative_to(folder): path.read_bytes() for pattern in patterns for path in folder.glob(pattern)}


def end(process, number):
    """Sends a signal, and returns what the process says and its status."""
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    return errors, process.returncode


@pytest.mark.parametrize("family", FAMILIES)
def test_a_disturbed_run_ends_as_an_undisturbed_one(family, start, tmp_path, tally):
    rng = np.random.default_rng(list(FAMILIES).index(family))
    for attempt in range(2):  # the second time with the compilation cache
        began = time.monotonic()
        out = tmp_path / f"whole-{attempt}"
        process = start(family, out.name)
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
        seconds = time.monotonic() - began
    whole = determined(out)
    assert len(whole) == 8

    left = [signal.SIGKILL] * KILLS + [signal.SIGTERM] * TERMINATIONS
    rng.shuffle(left)
    done, number = dict.fromkeys((signal.SIGKILL, signal.SIGTERM), 0), 0
    while left:
        out, here = tmp_path / f"cut-{number}", dict.fromkeys(done, 0)
        number += 1
        while True:
            process = start(family, out.name)
            try:
                _, errors = process.communicate(timeout=rng.uniform(0.1, 0.95) * seconds if left else 600)
            except subprocess.TimeoutExpired:
                errors, status = end(process, left[-1])
                if status == 0:  # it had come to its end
                    break
                assert status in (-left[-1], 128 + left[-1]), errors
                assert "Traceback" not in errors, errors
                if status == 128 + left[-1]:
                    last = errors.splitlines()[-1]
                    assert last.startswith("hypermaml: terminated; go on with: hypermaml compare "), errors
                    tally(f"termination: {family}", "one sentence")
                here[left.pop()] += 1
                continue
            assert process.returncode == 0, errors
            break
        assert determined(out) == whole
        for kind, count in here.items():
            done[kind] += count
            tally(f"{'kill' if kind == signal.SIGKILL else 'termination'}: {family}", "resumed to the byte", count)
    assert (done[signal.SIGKILL], done[signal.SIGTERM]) == (KILLS, TERMINATIONS)


def test_a_termination_writes_a_checkpoint_and_a_second_one_ends_at_once(start, tmp_path, tally):
    process = start("sine", "run")
    folder = tmp_path / "run" / "training-runs" / "any" / "maml" / "0"
    log = folder / "metrics.jsonl"
    while process.poll() is None and not (log.exists() and len(log.read_bytes().splitlines()) > 3):
        time.sleep(0.05)
    errors, status = end(process, signal.SIGTERM)
    assert status == 143, errors
    assert "SIGTERM: a checkpoint comes first; a second SIGTERM ends at once" in errors
    newest = max(int(path.name.removeprefix("step-")) for path in (folder / "checkpoints").glob("step-*"))
    assert newest == len(log.read_bytes().splitlines()) * 2 - 2  # nothing is lost
    tally("termination: sine", "one sentence")
