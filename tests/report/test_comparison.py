"""The results of a comparison as an object."""

import pytest

from hypermaml.families.sine import Sine
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.methods.maml import MAML
from hypermaml.report.comparison import compare
from hypermaml.run.folder import RunFolderError

SIZES = {"iterations": 2, "meta_batch": 2, "seeds": 2, "tasks": 3, "steps": 2}
METHODS = {"maml": MAML(), "mine": HyperMAML()}


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    out = tmp_path_factory.mktemp("compared") / "run"
    return out, compare(METHODS, Sine(shots=3, queries=3, hidden=(4, 4)), out=out, **SIZES)


def test_rows_hold_every_score_once(compared):
    rows = compared[1].rows()
    places = {(row["method"], row["split"], row["seed"], row["task"], row["inner_step"]) for row in rows}
    assert len(rows) == len(places) == 2 * 2 * 2 * 3 * 3
    assert {row["metric"] for row in rows} == {"mse"}
    assert compared[1].methods == ["maml", "mine"]
    assert compared[1].page.exists()


def test_the_table_has_a_line_a_method_with_its_interval(compared):
    title, header, maml, mine = compared[1].table(split="meta-test").splitlines()
    assert title == "mse (lower is better) · meta-test · full description"
    assert header.split() == ["method", "step", "0", "step", "1", "step", "2", "seeds", "×", "tasks"]
    assert maml.startswith("maml ")
    assert "±" in mine
    assert len(header) == len(maml) == len(mine)
    assert "extrapolation" in compared[1].table()


def test_a_difference_is_paired_over_seeds_and_tasks(compared):
    found = compared[1]
    forth = found.difference("mine", "maml", step=1)
    back = found.difference("maml", "mine", step=1)
    scores = {(row["method"], row["seed"], row["task"]): row["value"] for row in found.rows()
              if row["split"] == "meta-test" and row["inner_step"] == 1}  # fmt: skip
    gaps = [value - scores["maml", *where] for (method, *where), value in scores.items() if method == "mine"]
    assert forth.mean == pytest.approx(sum(gaps) / len(gaps))
    assert forth.mean == -back.mean
    assert forth.low <= forth.mean <= forth.high
    assert (forth.n_seeds, forth.n_tasks) == (2, 3)


@pytest.mark.parametrize(
    ("names", "options", "sentence"),
    [
        (("mine", "other"), {"step": 1}, "method is 'other', but the comparison has maml, mine"),
        (("mine", "maml"), {"step": 3}, "step is 3, but it must be from 0 to 2"),
        (("mine", "maml"), {"step": 1, "metric": "return"}, "metric is 'return', but the comparison has mse"),
        (("mine", "maml"), {"step": 1, "split": "none"}, "split is 'none', but the comparison has meta-test, extra"),
    ],
)
def test_what_the_comparison_has_not_is_named(compared, names, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        compared[1].difference(*names, **options)


def test_a_finished_run_is_read_again_and_another_family_is_refused(compared, tmp_path):
    out, found = compared
    again = compare(METHODS, Sine(shots=3, queries=3, hidden=(4, 4)), out=out, resume=True, **SIZES)
    assert again.rows() == found.rows()
    with pytest.raises(RunFolderError, match=r"has options\.digest = .* is asked"):
        compare(METHODS, Sine(shots=4, queries=3, hidden=(4, 4)), out=out, resume=True, **SIZES)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"seeds": 0}, "seeds is 0, but it must be at least 1"),
        ({"iterations": 0}, "iterations is 0, but it must be at least 1"),
        ({"tasks": 0}, "test_tasks is 0, but it must be at least 1"),
        ({"methods": [MAML()]}, "the methods are to be given by name"),
        ({"methods": {"maml": "maml"}}, "the method maml is 'maml', but it must be a MethodConfig"),
        ({"family": "sine"}, "the family is 'sine', but it must be an instance of hypermaml.AbstractFamily"),
    ],
)
def test_what_does_not_fit_is_one_sentence(tmp_path, options, sentence):
    given = {"methods": METHODS, "family": Sine(), "out": tmp_path / "run", **SIZES, **options}
    with pytest.raises(ValueError, match=sentence):
        compare(given.pop("methods"), given.pop("family"), **given)
    assert not (tmp_path / "run").exists()
