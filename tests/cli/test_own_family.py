"""Families of the user's own: a file, a module, an entry point, and each way in which loading can fail."""

import json
from importlib.metadata import EntryPoint

import pytest

from hypermaml.experiments import families

SOURCE = '''
from typing import ClassVar

from hypermaml._core.family import Metric
from hypermaml.families.sine import Sine


class Waves(Sine):
    """Waves of my own."""

    metrics: ClassVar = {"gap": Metric(unit="m", label="mean gap")}

    def score(self, learner, task, query):
        return {"gap": super().score(learner, task, query)["mse"]}


family = Waves(shots=3, queries=3, hidden=(4, 4))
number = 3


def make():
    return family


def broken():
    raise RuntimeError("no data here")


def scaled(factor):
    return family
'''


@pytest.fixture
def tasks(tmp_path, monkeypatch):
    """The folder with the file, where the command runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "my_tasks.py").write_text(SOURCE)
    (tmp_path / "wrong.py").write_text("family = (\n")
    return tmp_path


def test_a_family_of_a_file_is_compared_reported_and_evaluated(hypermaml, sizes, tasks):
    outcome = hypermaml("compare", "my_tasks.py:family", "--methods", "random", "maml", "--seeds", "1", *sizes)
    assert outcome.status == 0, outcome.errors
    assert "gap (lower is better) · meta-test" in outcome.output
    folder = tasks / "runs/my_tasks-quick"
    assert json.loads((folder / "record.json").read_text())["metrics"]["gap"]["label"] == "mean gap"
    again = hypermaml("report", folder)
    assert (again.status, again.output) == (0, outcome.output.replace("runs/", f"{tasks}/runs/"))
    assert "gap (lower is better)" in hypermaml("eval", folder, "--tasks", "2").output

    (tasks / "my_tasks.py").write_text(SOURCE.replace("shots=3", "shots=4"))
    outcome = hypermaml("eval", folder)
    assert outcome.status == 1
    assert outcome.sentence == "the family my_tasks.py:family has changed since the run was made"
    assert hypermaml("report", folder).status == 0


def test_a_function_of_a_module_gives_the_family_of_one_method(hypermaml, sizes, tasks):
    outcome = hypermaml("train", "my_tasks:make", "random", *sizes)
    assert outcome.status == 0, outcome.errors
    assert (tasks / "runs/my_tasks-make-random-quick/page.html").exists()


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("my_tasks.py:none", "my_tasks.py has no 'none'; write my_tasks.py:NAME with the name of a family in it"),
        ("my_tasks.py:number", "my_tasks.py:number is an object of the class int, but it must be a family"),
        ("my_tasks.py:broken", "RuntimeError in "),
        ("my_tasks.py:broken", "my_tasks.py, line 26: no data here"),
        ("my_tasks.py:scaled", "my_tasks.py:scaled: TypeError: scaled() missing 1 required positional argument"),
        ("wrong.py:family", "wrong.py, line 1: '(' was never closed"),
        ("absent.py:family", "there is no file absent.py"),
        ("absent.module:family", "there is no module absent.module here; a file is written FILE.py:NAME"),
        ("sin", "there is no family 'sin'; did you mean sine?"),
    ],
)
def test_a_source_that_cannot_be_loaded_is_one_sentence(hypermaml, tasks, source, sentence):
    outcome = hypermaml("compare", source)
    assert outcome.status == 2
    assert sentence in outcome.sentence


def test_an_entry_point_adds_a_family_by_name(hypermaml, tasks, monkeypatch):
    point = EntryPoint("waves", "my_tasks:family", families.GROUP)
    monkeypatch.setattr(families, "entry_points", lambda *, group: [point] if group == families.GROUP else [])
    kind = families.find_family("waves")
    assert (kind.name, type(kind().family("full")).__name__) == ("waves", "Waves")
    assert "waves" in hypermaml("compare", "wafes").sentence
