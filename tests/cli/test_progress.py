"""The bar on a terminal, the lines without one."""

import io
import threading
from types import SimpleNamespace

import pytest
from rich.console import Console

from hypermaml._compare.training_run import Progress
from hypermaml.cli.progress import Monitor, clock

RUNS = [
    SimpleNamespace(name=f"{place}/{seed}", iterations=100)
    for seed in (0, 1)
    for place in ("any/maml", "full/hypermaml")
]


@pytest.fixture
def screen(monkeypatch):
    time = iter(range(0, 10_000, 10))
    monkeypatch.setattr("hypermaml.cli.progress.PERIOD", 1e6)  # the thread rests: tests call `beat`
    monkeypatch.setattr("hypermaml.cli.progress.time.monotonic", lambda: next(time))
    return io.StringIO()


def watch(monitor, *states):
    with monitor:
        monitor.expect(RUNS)
        for training_run, iteration, stage in states:
            monitor(Progress(training_run, iteration, 100, stage))


def test_bar(screen):
    console = Console(file=screen, force_terminal=True, width=80, color_system=None, legacy_windows=False)
    states = [("any/maml/0", 0, "compiling"), ("any/maml/0", 50, "training"), ("any/maml/0", 75, "training")]
    monitor = Monitor(console, "starting")
    watch(monitor, *states)
    (task,) = monitor._bar.tasks
    assert task.description == "maml seed 0 [dim]training"
    assert (task.completed, task.total) == (75, 400)
    numbers = task.fields["numbers"].split(" · ")
    assert numbers[:2] == ["75/400", "2.5 it/s"]  # 25 iterations in the ten seconds since the first, compiled, chunk
    assert numbers[2].endswith(" left in all")
    assert max(map(len, screen.getvalue().splitlines())) <= 100


def test_a_resumed_training_run_does_not_count_as_speed(screen):
    console = Console(file=screen, force_terminal=True, width=80, legacy_windows=False)
    monitor = Monitor(console, "starting")
    watch(monitor, ("any/maml/0", 100, "finished"), ("full/hypermaml/0", 50, "compiling"))
    assert monitor._bar.tasks[0].fields["numbers"] == "150/400"


def test_compilation_is_told(screen):
    console = Console(file=screen, force_terminal=True, width=80, legacy_windows=False)
    monitor = Monitor(console, "starting")
    watch(monitor, ("full/hypermaml/0", 0, "compiling"))
    assert monitor._bar.tasks[0].description == "hypermaml seed 0 [dim]compiling"


@pytest.mark.parametrize(
    "terminal", [{}, {"force_terminal": True, "_environ": {"TERM": "dumb"}}], ids=["piped", "dumb"]
)
def test_lines(screen, terminal):
    states = [
        ("any/maml/0", 100, "finished"),
        ("full/hypermaml/0", 0, "compiling"),
        ("full/hypermaml/0", 25, "training"),
        ("full/hypermaml/0", 50, "training"),
        ("full/hypermaml/0", 100, "evaluating"),
        ("full/hypermaml/0", 100, "finished"),
    ]
    watch(Monitor(Console(file=screen, width=200, **terminal), "starting"), *states)
    assert screen.getvalue().splitlines() == [
        "[1/4] maml seed 0: finished before",
        "[2/4] hypermaml seed 0: 100 iterations, 0:40",
    ]


def test_a_line_is_due_every_ten_seconds(screen):
    with Monitor(Console(file=screen, width=200), "starting") as monitor:
        monitor.beat()
        monitor.expect(RUNS)
        monitor(Progress("any/maml/0", 0, 100, "compiling"))
        monitor.beat()
        monitor(Progress("any/maml/0", 40, 100, "training"))
        monitor.beat()
        monitor.say("writing the report")
        monitor.beat()
    assert screen.getvalue().splitlines() == [
        "starting (0:10 so far)",
        "[1/4] maml seed 0: compiling, 0 of 100 iterations (0:30 so far)",
        "[1/4] maml seed 0: 40 of 100 iterations, 7:30 left in all (0:50 so far)",
        "writing the report (1:00 so far)",
    ]


def test_each_training_run_that_is_under_way_has_a_line_and_a_rate(screen):
    with Monitor(Console(file=screen, width=200), "starting") as monitor:
        monitor.expect(RUNS)
        monitor(Progress("any/maml/0", 0, 100, "compiling"))
        monitor(Progress("full/hypermaml/0", 0, 100, "compiling"))
        monitor(Progress("any/maml/0", 50, 100, "training"))
        monitor(Progress("full/hypermaml/0", 20, 100, "training"))
        monitor.beat()
        monitor.show("hypermaml: [a line] of a process")
        monitor(Progress("any/maml/0", 100, 100, "finished"))
        monitor.beat()
        monitor(Progress("full/hypermaml/0", 100, 100, "finished"))
        monitor.beat()
    lines = [line.partition(", ")[0].partition(" (")[0] for line in screen.getvalue().splitlines()]
    assert lines == [
        "[1/4] maml seed 0: 50 of 100 iterations",
        "[2/4] hypermaml seed 0: 20 of 100 iterations",
        "hypermaml: [a line] of a process",
        "[1/4] maml seed 0: 100 iterations",
        "[2/4] hypermaml seed 0: 20 of 100 iterations",
        "[2/4] hypermaml seed 0: 100 iterations",
        "gathering the scores",
    ]


def test_a_bar_names_those_that_are_under_way(screen):
    console = Console(file=screen, force_terminal=True, width=80, color_system=None, legacy_windows=False)
    monitor = Monitor(console, "starting")
    states = [("any/maml/0", 0, "compiling"), ("full/hypermaml/0", 0, "compiling"), ("any/maml/0", 50, "training")]
    watch(monitor, *states, ("full/hypermaml/0", 10, "training"), ("any/maml/0", 70, "training"))
    (task,) = monitor._bar.tasks
    assert task.description == "maml seed 0, hypermaml seed 0 [dim]training"
    assert task.fields["numbers"].split(" · ")[:2] == ["80/400", "1.0 it/s"]


def test_no_line_is_due_before(screen, monkeypatch):
    monkeypatch.setattr("hypermaml.cli.progress.SECONDS_BETWEEN_LINES", 15)
    with Monitor(Console(file=screen, width=200), "starting") as monitor:
        for _ in range(4):
            monitor.beat()
    assert screen.getvalue().splitlines() == ["starting (0:20 so far)", "starting (0:40 so far)"]


def test_the_thread_prints_without_a_call(monkeypatch):
    monkeypatch.setattr("hypermaml.cli.progress.PERIOD", 0.01)
    monkeypatch.setattr("hypermaml.cli.progress.SECONDS_BETWEEN_LINES", 0.0)
    printed = threading.Event()

    class Screen(io.StringIO):
        def write(self, text):
            printed.set()
            return super().write(text)

    with Monitor(Console(file=Screen(), width=200), "starting"):
        assert printed.wait(30)


def test_a_message_is_printed(screen):
    with Monitor(Console(file=screen, width=200), "starting") as monitor:
        monitor(Progress("any/maml/0", 1, 2, "diverged", "the loss is not finite"))
        monitor(Progress("any/maml/0", 2, 2, "evaluating", "is evaluated at iteration 1 of 2"))
    assert monitor.diverged == ["any/maml/0"]
    assert screen.getvalue().splitlines()[:2] == [
        "maml seed 0 diverged: the loss is not finite",
        "maml seed 0 is evaluated at iteration 1 of 2",
    ]


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (3661, "1:01:01")])
def test_clock(seconds, text):
    assert clock(seconds) == text
