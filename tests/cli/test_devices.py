"""`--devices`: a run is divided among devices, and goes on with another number of them."""

import os
import signal
import subprocess
import sys
import time

import pytest
from commands import assert_same_scores

PROGRAM = """
import os
from hypermaml._compare import training
from hypermaml._core import execution
training.SECONDS_BETWEEN_CHECKPOINTS = 0
execution.LARGE = int(os.environ["LARGE"])
from hypermaml.cli import main
main()
"""
SIZES = ("--iterations", "40", "--chunk", "2", "--meta-batch", "8", "--test-tasks", "8", "--validation-tasks", "8")


@pytest.mark.parametrize("value", ["0", "-1", "some", "1.5"])
def test_a_value_that_is_no_number_of_devices(hypermaml, tmp_path, value):
    outcome = hypermaml("train", "sine", "maml", f"--devices={value}", "--out", tmp_path / "run")
    assert outcome.status == 2
    assert outcome.sentence == f"devices is '{value}', but it must be a whole number from 1 on, or all"
    assert not (tmp_path / "run").exists()


def test_more_devices_than_there_are_leave_nothing_behind(hypermaml, sizes, tmp_path):
    outcome = hypermaml("compare", "sine", *sizes, "--devices", "999", "--out", tmp_path / "run")
    assert outcome.status == 1
    assert outcome.errors.splitlines()[-1].startswith("hypermaml: devices is 999, but JAX has ")
    assert not (tmp_path / "run").exists()


@pytest.fixture
def start():
    """Starts the training of one run on some of eight devices, in a process of its own.

    Arrays of at least `large` entries are divided among the devices.
    """

    def begin(devices, out, method, large):
        flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=8"
        command = ("train", "sine", method, *SIZES, "--devices", devices, "--out", str(out), "--resume")
        environment = os.environ | {"XLA_FLAGS": flags, "LARGE": str(large)}
        kept = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([sys.executable, "-c", PROGRAM, *command], env=environment, **kept)

    return begin


def whole(process):
    """Waits for the end of a process that is to succeed."""
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors


@pytest.mark.product
@pytest.mark.parametrize(("method", "large"), [("maml", 2**22), ("hypermaml", 100_000)])
def test_a_run_that_is_killed_on_eight_devices_goes_on_with_two(start, method, large, tmp_path):
    whole(start("1", tmp_path / "one", method, large))
    process = start("all", tmp_path / "cut", method, large)
    while not list(tmp_path.glob(f"cut/training-runs/*/{method}/0/checkpoints/step-*")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    whole(start("2", tmp_path / "cut", method, large))
    assert_same_scores(tmp_path / "cut", tmp_path / "one")


@pytest.mark.product
@pytest.mark.parametrize("devices", [2, 8])
def test_a_large_program_on_forced_devices_ends(tmp_path, devices):
    variables = {name: value for name, value in os.environ.items() if name not in ("NPROC", "PJRT_NPROC")}
    variables["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={devices}"
    sizes = ["--iterations", "2", "--chunk", "2", "--test-tasks", "20"]
    command = [sys.executable, "-c", "from hypermaml.cli import main; main()", "train", "navigation", "maml", *sizes]
    command += ["--devices", str(devices), "--out", str(tmp_path / "run")]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
