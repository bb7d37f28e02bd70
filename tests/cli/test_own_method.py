"""Methods of the user's own, in a file: compared, trained, tuned, planned and evaluated."""

import json

import pytest

SOURCE = '''
from dataclasses import dataclass

import hypermaml as hm


@dataclass(frozen=True)
class Half(hm.MAML):
    """MAML with half the inner rate."""

    part: float = 0.5

    def rule(self, rate=None):
        return hm.adapt.SGD(hm.NonTrainable(self.part * self.inner_lr) if rate is None else rate)


half = Half(outer_lr=0.01)
maml = hm.MAML()
rl2 = hm.RL2()
number = 3


class Learning(hm.RL2):
    """Needs trajectories."""
'''


@pytest.fixture
def methods(tmp_path, monkeypatch):
    """The folder with the file, where the command runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "half_methods.py").write_text(SOURCE)
    return tmp_path


def test_a_method_of_a_file_is_compared_and_evaluated(hypermaml, sizes, methods):
    outcome = hypermaml("compare", "sine", "--methods", "maml", "half_methods.py:Half", "--seeds", "1", *sizes)
    assert outcome.status == 0, outcome.errors
    folder = methods / "runs/sine-quick"
    saved = json.loads((folder / "config.json").read_text())["config"]["methods"]
    assert list(saved) == ["maml", "Half"]
    assert saved["Half"]["class"] == "half_methods:Half"
    assert "Half" in hypermaml("eval", folder, "--tasks", "2").output


def test_its_fields_are_options_of_train_and_its_trials_are_around_it(hypermaml, sizes, methods):
    outcome = hypermaml("train", "sine", "half_methods.py:half", *sizes, "--part", "0.25", "--out", "run")
    assert outcome.status == 0, outcome.errors
    saved = json.loads((methods / "run/config.json").read_text())["config"]["methods"]
    assert (saved["half"]["part"], saved["half"]["outer_lr"]) == (0.25, 0.01)

    small = ("--iterations", "2", "--chunk", "2", "--meta-batch", "2", "--validation-tasks", "3", "--out", "trials")
    outcome = hypermaml("tune", "sine", "--methods", "half_methods.py:half", *small)
    assert outcome.status == 0, outcome.errors
    best = json.loads((methods / "trials/best.json").read_text())["methods"]
    assert best["half"]["class"] == "half_methods:Half"
    again = ("train", "sine", "half_methods.py:half", "--config", "trials/best.json", *sizes, "--out", "again")
    assert hypermaml(*again).status == 0
    (methods / "half_methods.py").write_text(SOURCE.replace("outer_lr=0.01", "outer_lr=0.02"))
    outcome = hypermaml("tune", "sine", "--methods", "half_methods.py:half", *small)
    assert outcome.errors.splitlines()[-1] == (
        "hypermaml: trials/trials.json holds trials of another method that is named half: choose another folder"
    )


def test_it_is_planned(hypermaml, methods):
    outcome = hypermaml("plan", "sine", "half_methods.py:Half", "--iterations", "4", "--chunk", "2")
    assert outcome.status == 0, outcome.errors
    assert "seconds of 4 iterations" in outcome.output


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (
            ["half_methods.py:none"],
            "half_methods.py has no 'none'; write half_methods.py:NAME with the name of ",
        ),
        (["half_methods.py:number"], "half_methods.py:number is an object of the class int, but it must be the config"),
        (["half_methods.py:maml"], "half_methods.py:maml: another method is named maml, too: give yours another name"),
        (["half_methods.py:half"] * 2, "half_methods.py:half: another method is named half, too: give yours another"),
        (
            ["half_methods.py:Learning"],
            "half_methods.py:Learning needs trajectories of a policy, but tasks of sine ",
        ),
        (["nowhere:half"], "nowhere:half: there is no module nowhere here; a file is written FILE.py:NAME"),
    ],
)
def test_a_method_that_does_not_fit_is_one_sentence(names, sentence, hypermaml, methods):
    outcome = hypermaml("compare", "sine", "--methods", *names, "--out", "run")
    assert outcome.status == 2
    assert sentence in outcome.sentence
    assert not (methods / "run").exists()
