"""Skeletons: they run as they are, their own tests pass, and nothing is overwritten."""

import importlib
import sys

import pytest

TESTS = {
    "family": ("test_the_family_has_no_fault", "test_a_trained_method_adapts_to_new_tasks"),
    "method": (
        "test_the_method_has_no_fault",
        "test_at_strength_1_it_is_hypermaml",
        "test_the_loss_falls_in_training",
    ),
}


# A pytest in a pytest takes long, and the family of a skeleton is compared below.
@pytest.mark.parametrize("kind", [pytest.param("family", marks=pytest.mark.product), "method"])
def test_the_tests_of_a_skeleton_pass(hypermaml, tmp_path, monkeypatch, kind):
    name = f"my_new_{kind}"
    outcome = hypermaml("new", kind, name, "--out", tmp_path)
    assert outcome.status == 0
    assert f"hypermaml check {'sine --method ' if kind == 'method' else ''}{name}.py:{kind}" in outcome.output
    assert "@" not in (tmp_path / f"{name}.py").read_text().replace("@dataclass", "")
    monkeypatch.syspath_prepend(tmp_path)
    tests = importlib.import_module(f"test_{name}")
    assert tuple(each for each in vars(tests) if each.startswith("test_")) == TESTS[kind]
    for each in TESTS[kind]:
        vars(tests)[each]()
    for module in (name, f"test_{name}"):
        del sys.modules[module]


def test_the_family_of_a_skeleton_is_compared(hypermaml, sizes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert hypermaml("new", "family", "heat_pumps").status == 0
    outcome = hypermaml("compare", "heat_pumps.py:family", "--methods", "maml", "--seeds", "1", *sizes)
    assert outcome.status == 0, outcome.errors
    assert (tmp_path / "runs/heat_pumps-quick/page.html").exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("3x", "the name is '3x', but it must be letters, digits and underscores and begin with a letter"),
        ("heat-pumps", "the name is 'heat-pumps', but it must be letters, digits and underscores"),
        ("a/b", "the name is 'a/b', but it must be letters"),
        ("class", "the name is 'class', which is a word of Python: choose another one, such as my_class"),
        ("print", "the name is 'print', which is a word of Python"),
        ("random", "the name is 'random', which is a module that the file would hide: choose another one"),
        ("jax", "the name is 'jax', which is a module that the file would hide"),
        ("_1", "the name is '_1', but it must begin with a letter"),
    ],
)
def test_a_name_that_does_not_fit_is_one_sentence(hypermaml, tmp_path, name, sentence):
    outcome = hypermaml("new", "family", name, "--out", tmp_path)
    assert outcome.status == 2
    assert sentence in outcome.sentence
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(hypermaml, tmp_path):
    (tmp_path / "test_mine.py").write_text("kept")
    outcome = hypermaml("new", "method", "mine", "--out", tmp_path)
    assert (outcome.status, outcome.sentence) == (
        2,
        f"{tmp_path / 'test_mine.py'} exists: choose another name, or move the file away",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["test_mine.py"]


def test_kind_and_folder_are_checked(hypermaml, tmp_path):
    assert "there is no kind 'familie'; did you mean family?" in hypermaml("new", "familie", "mine").sentence
    assert hypermaml("new", "family").sentence == "NAME is missing: write hypermaml new KIND NAME, then the options"
    missing = tmp_path / "none"
    assert hypermaml("new", "family", "mine", "--out", missing).sentence == f"--out: there is no folder {missing}"
