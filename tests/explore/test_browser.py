"""A browser drags goals, sliders and points, and sees both curves move."""

import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from browser import browser, program
from commands import execute

pytestmark = [pytest.mark.product, pytest.mark.skipif(program() is None, reason="needs Chromium")]
TINY = ("--iterations", "60", "--chunk", "30", "--meta-batch", "4", "--test-tasks", "4", "--validation-tasks", "4")
COMMAND = [sys.executable, "-c", "from hypermaml.cli import main; main()", "explore"]


@contextmanager
def explored(folder, *options):
    """The page of a run, in a process of its own, which Ctrl-C ends cleanly."""
    command = [*COMMAND, str(folder), "--port", "0", "--no-open", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        address = re.match(r"Page: (http://127\.0\.0\.1:\d+/) ", line)
        assert address, line + process.stderr.read()
        yield address[1]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stdout.read() == "Ended.\n"
        assert "Traceback" not in process.stderr.read()
    finally:
        process.kill()
        process.communicate()


def run_of(family, tmp_path_factory, *methods):
    folder = tmp_path_factory.mktemp(family) / "run"
    outcome = execute("compare", family, "--methods", *methods, "--seeds", "1", *TINY, "--out", folder)
    assert outcome.status == 0, outcome.errors
    return folder


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def paths(tab, step):
    """The curve of each panel after a step."""
    return tab.value(f"[...document.querySelectorAll('path[data-step=\"{step}\"]')].map((p) => p.getAttribute('d'))")


def answers(tab):
    return int(tab.value("document.body.dataset.answers"))


def settled(tab):
    """Wait until no answer is on its way."""
    tab.wait("document.body?.dataset.answers && !document.body.dataset.busy")


def open_page(tab, address):
    tab.go("about:blank")
    tab.go(address)
    settled(tab)


def test_curves_move_with_a_point_and_a_slider(tab, tmp_path_factory):
    folder = run_of("sine", tmp_path_factory, "maml", "hypermaml")
    with explored(folder) as address:
        tab.size(1200, 900)
        open_page(tab, address)
        begin = {step: paths(tab, step) for step in (0, 3)}
        assert len(begin[0]) == len(begin[3]) == 2
        seen = answers(tab)
        for _ in tab.drag(".handle", 60, 40):
            tab.wait(f"document.body.dataset.answers > {seen}")
            seen = answers(tab)
        settled(tab)
        moved = {step: paths(tab, step) for step in (0, 3)}
        assert moved[0] == begin[0]
        assert all(now != before for now, before in zip(moved[3], begin[3], strict=True))

        for _ in tab.drag("#description input[type=range]", 70, 0):
            pass
        settled(tab)
        described = {step: paths(tab, step) for step in (0, 3)}
        assert described[0][0] == moved[0][0]  # MAML begins with one start
        assert described[0][1] != moved[0][1]
        assert all(now != before for now, before in zip(described[3], moved[3], strict=True))

        # By the keyboard alone: to the first point, up, and away.
        count = "document.querySelectorAll('figure:first-child .handle').length"
        before = tab.value(count)
        tab.value("document.querySelector('.handle').focus()")
        label = tab.value("document.activeElement.getAttribute('aria-label')")
        tab.key("ArrowUp")
        settled(tab)
        assert tab.value("document.activeElement.getAttribute('aria-label')") != label
        tab.key("Delete")
        tab.wait(f"{count} === {before - 1}")

        # A click into the plot adds a point.
        x, y = tab.middle(".plot")
        tab.mouse("mousePressed", x + 50, y + 60)
        tab.mouse("mouseReleased", x + 50, y + 60)
        tab.wait(f"{count} === {before}")

        # What the server does not take is a sentence on the page, and the next answer clears it.
        own, other = '"points":[', '"points":[[1],'
        wrong = f"(path, options) => own(path, {{...options, body: options.body.replace('{own}', '{other}')}})"
        tab.value(f"globalThis.own = fetch; fetch = {wrong}; document.querySelector('.handle').focus()")
        tab.key("ArrowDown")
        sentence = tab.wait("document.getElementById('error').textContent")
        assert sentence == "point 1 is [1], but it must be 2 numbers"
        tab.value("fetch = own; true")
        tab.key("ArrowDown")
        tab.wait("document.getElementById('error').hidden")
        assert tab.value("document.documentElement.scrollWidth <= innerWidth")
        assert [each for each in tab.logged if "exceptionDetails" in each] == []


def test_walks_move_with_the_goal(tab, tmp_path_factory):
    folder = run_of("navigation", tmp_path_factory, "maml", "hypermaml")
    with explored(folder, "--steps", "2") as address:
        tab.size(400, 850)
        open_page(tab, address)
        begin = {step: paths(tab, step) for step in (0, 2)}
        for _ in tab.drag(".handle", 30, 20):
            pass
        settled(tab)
        moved = {step: paths(tab, step) for step in (0, 2)}
        assert moved[0][0] == begin[0][0]
        assert moved[0][1] != begin[0][1]
        assert all(now != before for now, before in zip(moved[2], begin[2], strict=True))
        assert tab.value("document.documentElement.scrollWidth <= innerWidth")
        assert [each for each in tab.logged if "exceptionDetails" in each] == []
