"""Requests to end a process: at once where nothing is lost, else after everything is saved."""

import signal
import subprocess
import sys
import threading
import time

import pytest

from hypermaml.run import ending

SIGNALS = [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated"), (signal.SIGHUP, "the terminal was closed")]


@pytest.mark.parametrize(("number", "what"), SIGNALS)
def test_a_request_ends_the_block_with_what_to_do_next(number, what):
    before = signal.getsignal(number)
    with pytest.raises(ending.Ended, match=f"^{what}; go on$") as end, ending.heeded("go on"):
        signal.raise_signal(number)
    assert end.value.number == number
    assert signal.getsignal(number) is before
    assert not ending.asked()


def test_a_postponed_request_waits_for_the_next_check(capfd):
    steps = []

    def work():
        with ending.heeded("go on"), ending.postponed():
            ending.check()
            signal.raise_signal(signal.SIGTERM)
            steps.append(ending.asked())
            ending.check()
            steps.append("more")

    with pytest.raises(ending.Ended, match="terminated"):
        work()
    assert steps == [True]
    told = "hypermaml: SIGTERM: a checkpoint comes first; a second SIGTERM ends at once\n"
    assert capfd.readouterr().err == told


def test_a_request_is_postponed_to_the_end_of_the_block_at_the_latest():
    with (
        pytest.raises(ending.Ended, match=r"^terminated; go on$"),
        ending.heeded("go on"),
        ending.postponed(),
    ):
        signal.raise_signal(signal.SIGTERM)


def test_a_request_inside_of_a_callback_is_not_swallowed(capfd):
    class Collected:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    def work():
        with ending.heeded("go on"):
            Collected()  # and gone: what its end raises, Python prints and ignores
            time.sleep(30)

    with pytest.raises(ending.Ended, match="terminated"):
        work()
    assert "Traceback" not in capfd.readouterr().err


def test_a_request_that_comes_again_inside_of_the_callback_is_not_swallowed(monkeypatch, capfd):
    class Busy(threading.Timer):
        late = True

        def start(self):
            if Busy.late:
                Busy.late = False
                signal.raise_signal(signal.SIGTERM)
            super().start()

    class Collected:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    def work():
        with ending.heeded("go on"):
            Collected()
            time.sleep(30)

    monkeypatch.setattr(threading, "Timer", Busy)
    with pytest.raises(ending.Ended, match="terminated"):
        work()
    assert "Traceback" not in capfd.readouterr().err


def test_a_terminal_that_is_gone_does_not_end_the_process_before_it_has_saved():
    program = """
import os, signal, sys
from hypermaml.run import ending
result = os.dup(1)
os.close(2)
try:
    with ending.heeded("go on"), ending.postponed():
        signal.raise_signal(signal.SIGHUP)
        print("progress", file=sys.stderr, flush=True)
        os.write(result, b"saved")
except ending.Ended as end:
    os.write(result, f", {end}".encode())
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stdout == "saved, the terminal was closed; go on"


def test_what_the_process_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as under nohup
    try:
        with ending.heeded("go on"):
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_request_ends_at_once():
    program = """
import signal
from hypermaml.run import ending
with ending.heeded("go on"), ending.postponed():
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    print("still here")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (143, "")
    assert ended.stderr.splitlines()[-1] == "hypermaml: terminated; go on"
