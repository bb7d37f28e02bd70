"""`--hosts`: processes over the loopback divide a run, end together in a minute, and as many or fewer go on."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from commands import assert_same_scores

PROGRAM = """
from hypermaml._compare import training
from hypermaml._core import execution
training.SECONDS_BETWEEN_CHECKPOINTS = 0
execution.LARGE = 1000  # so that the processes divide the 40 × 40 weights of sine
from hypermaml.cli import main
main()
"""
SIZES = ("--iterations", "60", "--chunk", "2", "--meta-batch", "8", "--test-tasks", "8", "--validation-tasks", "8")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["--hosts=0"], "hosts is '0', but it must be a whole number from 1 on, or auto"),
        (["--hosts=2"], "coordinator is '', but it must be ADDRESS:PORT of the first process"),
        (["--hosts=2", "--coordinator=a"], "coordinator is 'a', but it must be ADDRESS:PORT of the first process"),
        (["--hosts=2", "--coordinator=a:1", "--process=2"], "process is 2, but it must be from 0 to 1"),
        (["--process=1"], "process is for several hosts: give their number as --hosts"),
        (
            ["--hosts=2", "--coordinator=a:1", "--devices=4"],
            "devices is 4, but several hosts use all of theirs: leave it out",
        ),
    ],
)
def test_options_that_do_not_fit(hypermaml, tmp_path, given, sentence):
    outcome = hypermaml("train", "sine", "maml", *given, "--out", tmp_path / "run")
    assert (outcome.status, outcome.sentence) == (2, sentence)
    assert not (tmp_path / "run").exists()


def test_jobs_and_hosts_at_once(hypermaml, sizes, tmp_path):
    hosts = ["--hosts=2", "--coordinator=a:1", "--jobs=2"]
    outcome = hypermaml("compare", "sine", *sizes, *hosts, "--out", tmp_path / "run")
    assert outcome.status == 2
    assert "leave out --jobs, --submit and --seeds-at-once" in outcome.sentence


@pytest.mark.product
@pytest.mark.parametrize("number", [0, 1])
def test_one_that_is_alone_says_so_and_leaves_nothing_behind(tmp_path, number):
    program = "from hypermaml._compare import hosts; hosts.ARRIVAL = 1; from hypermaml.cli import main; main()"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    hosts = ["--hosts", "2", "--coordinator", f"127.0.0.1:{port}", "--process", str(number)]
    command = [sys.executable, "-c", program, "train", "sine", "maml", *hosts, "--out", str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    sentence = "hypermaml: not all of 2 processes have come in 1 s; start the same command in each"
    assert done.stderr.splitlines()[-1] == sentence
    assert not (tmp_path / "run").exists()


@pytest.fixture
def start():
    """Starts the processes that train one run together."""
    started = []

    def begin(count, out):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        command = [sys.executable, "-c", PROGRAM, "train", "sine", "maml", *SIZES, "--out", str(out), "--resume"]
        hosts = ["--hosts", str(count), "--coordinator", f"127.0.0.1:{port}", "--process"]
        kept = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, "env": dict(os.environ)}
        each = [[*command, *hosts, str(number)] for number in range(count)] if count > 1 else [command]
        started.extend(subprocess.Popen(one, **kept) for one in each)
        return started[-count:]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def whole(processes):
    """Waits for the end of processes that are to succeed."""
    for process in processes:
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors


@pytest.mark.product
@pytest.mark.parametrize(
    ("victim", "number", "reason"),
    [(3, signal.SIGKILL, "is gone"), (0, signal.SIGKILL, "is gone"), (2, signal.SIGSTOP, "has not been heard of")],
)
def test_one_of_four_is_lost_and_two_go_on(start, tmp_path, victim, number, reason):
    processes = start(4, tmp_path / "cut")
    while not list(tmp_path.glob("cut/training-runs/*/maml/0/checkpoints/step-*")):
        assert all(process.poll() is None for process in processes)
        time.sleep(0.05)
    began = time.monotonic()
    processes[victim].send_signal(number)
    for process in processes[:victim] + processes[victim + 1 :]:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 1
        last = errors.splitlines()[-1]
        assert last.startswith(f"hypermaml: process {victim} of 4, on "), errors
        assert reason in last
        assert "; go on with: hypermaml train sine maml " in last
    assert time.monotonic() - began < 60
    processes[victim].kill()
    whole(start(2, tmp_path / "cut"))
    whole(start(1, tmp_path / "one"))
    assert_same_scores(tmp_path / "cut", tmp_path / "one")


@pytest.mark.product
def test_one_that_is_asked_to_end_ends_all_after_a_checkpoint(start, tmp_path):
    processes = start(2, tmp_path / "run")
    while not list(tmp_path.glob("run/training-runs/*/maml/0/checkpoints/step-*")):
        assert all(process.poll() is None for process in processes)
        time.sleep(0.05)
    processes[1].send_signal(signal.SIGTERM)
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode in (1, 128 + signal.SIGTERM), errors
        assert "terminated; go on with: hypermaml train" in errors
    whole(start(2, tmp_path / "run"))
