"""The command that serves the page: what it prints, and its errors."""

import socket

import pytest

from hypermaml.cli.work import explore as work


def test_the_page_is_served_and_opened(run, hypermaml, monkeypatch):
    served, opened = [], []

    def serve(application, listening):
        served.append(listening.getsockname())
        raise KeyboardInterrupt

    monkeypatch.setattr(work, "serve", serve)
    monkeypatch.setattr(work.webbrowser, "open", opened.append)
    outcome = hypermaml("explore", run.folder, "--methods", "random", "--port", "0", "--steps", "1")
    assert outcome.status == 0, outcome.errors
    ((host, port),) = served
    assert host == "127.0.0.1"
    assert outcome.output == f"Page: http://127.0.0.1:{port}/  (Ctrl-C ends it)\nEnded.\n"
    assert opened == [f"http://127.0.0.1:{port}/"]
    outcome = hypermaml("explore", run.folder, "--methods", "random", "--port", "0", "--steps", "1", "--no-open")
    assert (outcome.status, len(opened)) == (0, 1)


@pytest.mark.parametrize(
    ("args", "status", "sentence"),
    [
        (("{run}", "--methods", "maml"), 1, "{run} holds no method maml: its methods are random, hypermaml"),
        (("{run}", "--methods", "random", "random"), 1, "methods are random, random, but they must be at most 4, "),
        (("{run}", "--methods", "random", "--seed", "7"), 1, "{run} holds no seed 7: its seeds are 0"),
        (("{run}", "--methods", "hypermaml", "--descriptor", "none"), 1, "{run} holds no description none: its "),
        (("{run}", "--steps", "0"), 2, "steps is 0, but it must be at least 1 and at most 20"),
        (("{run}", "--port", "70000"), 2, "port is 70000, but it must be at least 0 and at most 65535"),
        (("{run}", "--port", "busy"), 2, "--port: 'busy' is not a whole number"),
        (("nowhere",), 2, "nowhere does not exist: name the folder of a run"),
        (("{run}/page.html",), 1, "{run}/page.html holds no trained method and no model"),
        ((), 2, "RUN is missing: write hypermaml explore RUN, then the options"),
    ],
)
def test_what_does_not_fit_is_one_sentence(run, hypermaml, args, status, sentence):
    port = () if "--port" in args or not args else ("--port", "0")
    outcome = hypermaml("explore", *(arg.format(run=run.folder) for arg in args), *port)
    assert outcome.status == status, outcome.errors
    assert outcome.sentence.startswith(sentence.format(run=run.folder))


def test_a_damaged_run_is_one_sentence(copy, hypermaml):
    (copy / "config.json").write_text("{")
    outcome = hypermaml("explore", copy, "--port", "0")
    assert outcome.status == 1
    assert outcome.sentence.startswith(str(copy))


def test_a_busy_port_is_one_sentence(run, hypermaml):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        outcome = hypermaml("explore", run.folder, "--port", port)
    assert outcome.status == 2
    assert outcome.sentence == f"port {port} is busy: give another one with --port, or --port 0 for a free one"


def test_a_missing_extra_is_one_sentence(run, hypermaml, monkeypatch):
    monkeypatch.setattr("hypermaml.explore.extra.find_spec", lambda name: None)
    outcome = hypermaml("explore", run.folder)
    assert outcome.status == 1
    assert outcome.sentence.startswith("the explorer needs starlette, which is not installed: pip install ")
    assert "[explore]" in outcome.sentence
