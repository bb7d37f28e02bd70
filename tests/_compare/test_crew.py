"""Processes that train, with a program that only says that it does."""

import io
import json
import os
import signal
import sys
import textwrap
import threading
import time
from dataclasses import asdict
from types import SimpleNamespace

import pytest

from hypermaml._compare import worker as worker_module
from hypermaml._compare.crew import Crew, WorkerEnded
from hypermaml._compare.training_run import Progress
from hypermaml._compare.worker import serve
from hypermaml.run.lock import RunInUse, locked

NAMES = ["any/maml/0", "full/hypermaml/0", "any/maml/1"]
PLAN = [SimpleNamespace(name=name, iterations=4) for name in NAMES]
BEGIN = """
import json, os, signal, sys, time

def say(name, stage, iteration=0):
    said = {"name": name, "iteration": iteration, "iterations": 4, "stage": stage, "message": ""}
    print(json.dumps(said), flush=True)

assert os.environ["HYPERMAML_WORKER"] == "1"
for line in sys.stdin:
    name = line.strip()
    say(name, "compiling")
"""


def program(body):
    return [sys.executable, "-S", "-c", BEGIN + textwrap.indent(textwrap.dedent(body), "    ")]


def test_each_training_run_is_done_once_by_processes_that_go_on_with_the_next():
    heard, shown = [], []
    work = """
    print("hypermaml: a remark", file=sys.stderr)
    print(os.getpid(), file=sys.stderr, flush=True)
    time.sleep(0.2)
    say(name, "finished", 4)
    """
    with Crew(program(work), 2, show=shown.append) as crew:
        crew.train(PLAN, heard.append)
    assert sorted(each.name for each in heard if each.stage == "finished") == sorted(NAMES)
    assert [each.stage for each in heard if each.name == NAMES[2]] == ["compiling", "finished"]
    assert all(worker.process.returncode == 0 for worker in crew._workers)
    processes = {line for line in shown if line.isdigit()}
    assert len(processes) == 2
    assert os.getpid() not in map(int, processes)


def test_no_more_processes_than_training_runs():
    with Crew(program('say(name, "finished", 4)'), 8) as crew:
        crew.train(PLAN[:1], lambda _: None)
    assert len(crew._workers) == 1


def test_a_killed_process_is_one_sentence_and_the_others_are_asked_to_end():
    work = """
    if name == "full/hypermaml/0":
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)
    """
    began = time.monotonic()
    crew, sentence = Crew(program(work), 2), "the process of full/hypermaml/0 was killed by SIGKILL: --resume goes on"
    with pytest.raises(WorkerEnded, match=sentence), crew:
        crew.train(PLAN, lambda _: None)
    assert time.monotonic() - began < 30
    assert [worker.process.returncode for worker in crew._workers] == [-signal.SIGTERM, -signal.SIGKILL]


def test_the_last_sentence_of_a_process_is_why_it_failed():
    shown = []
    work = """
    print("hypermaml: the first\\\\nhypermaml: the table has no rows", file=sys.stderr, flush=True)
    sys.exit(1)
    """
    with Crew(program(work.replace("\\\\n", "\\n")), 1, show=shown.append) as crew, pytest.raises(WorkerEnded) as error:
        crew.train(PLAN, lambda _: None)
    assert str(error.value) == "the table has no rows"
    assert shown == ["hypermaml: the first"]


def test_a_process_that_ends_without_a_sentence():
    with Crew(program("sys.exit(3)"), 1) as crew, pytest.raises(WorkerEnded, match="any/maml/0 ended with status 3"):
        crew.train(PLAN, lambda _: None)


@pytest.fixture
def comparison(monkeypatch):
    """One whose training runs only say that they train."""

    class Planned(SimpleNamespace):
        descriptor = "full"

        def with_family(self, family):
            return self

    def train(training, folder, report):
        assert folder.is_dir()
        report(Progress(training.name, 2, 4))

    monkeypatch.setattr(worker_module, "run_training", train)
    plan = [Planned(name=name, iterations=4) for name in NAMES]
    return SimpleNamespace(plan=lambda: plan, build_families=lambda: {"full": None})


class Orders:
    """One training run, and the end of the orders once it is finished, or once the first process has ended."""

    def __init__(self, name):
        self.name, self.end = name, threading.Event()

    def __iter__(self):
        yield f"{self.name}\n"
        self.end.wait(60)


class Answers(io.StringIO):
    """Ends the orders where the training run is finished."""

    def __init__(self, orders):
        super().__init__()
        self.orders = orders

    def write(self, text):
        if "finished" in text:
            self.orders.end.set()
        return super().write(text)


def test_a_worker_trains_what_is_handed_out_and_says_how_far_it_is(comparison, tmp_path):
    orders = Orders(NAMES[1])
    answers = Answers(orders)
    serve(comparison, tmp_path, orders, answers)
    assert [json.loads(line) for line in answers.getvalue().splitlines()] == [
        asdict(Progress(NAMES[1], iteration, 4, stage))
        for iteration, stage in ((0, "compiling"), (2, "training"), (4, "finished"))
    ]


def test_a_training_run_of_another_process_is_left_to_it(comparison, tmp_path):
    folder, orders = tmp_path / "training-runs" / NAMES[0], Orders(NAMES[0])
    folder.mkdir(parents=True)
    with locked(folder), pytest.raises(RunInUse):
        serve(comparison, tmp_path, orders, Answers(orders))
    orders.end.set()


def test_a_worker_whose_first_process_has_ended_saves_and_ends(comparison, tmp_path, monkeypatch):
    asked, orders = [], Orders(NAMES[0])
    monkeypatch.setattr(worker_module.os, "kill", lambda process, number: asked.append((process, number)))

    def train(training, folder, report):
        orders.end.set()
        while not asked:
            time.sleep(0.01)

    monkeypatch.setattr(worker_module, "run_training", train)
    serve(comparison, tmp_path, orders, Answers(orders))
    assert asked == [(os.getpid(), signal.SIGTERM)]


def test_a_training_run_whose_orders_end_before_it_begins_is_left_alone(comparison, tmp_path, monkeypatch):
    begun = []
    monkeypatch.setattr(worker_module, "run_training", lambda training, folder, report: begun.append(training.name))
    monkeypatch.setattr(worker_module.os, "kill", lambda process, number: None)
    late = SimpleNamespace(plan=lambda: comparison.plan(), build_families=lambda: time.sleep(0.3))
    serve(late, tmp_path, io.StringIO(f"{NAMES[0]}\n"), io.StringIO())
    assert begun == []
