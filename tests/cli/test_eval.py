"""`eval`: fresh tasks, more steps, and checkpoints that cannot be read."""

import csv
import json

import pytest

import hypermaml as hm
from hypermaml._misc.configuration import written


def scores(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_more_tasks_and_steps(hypermaml, run, tmp_path):
    path = tmp_path / "scores.csv"
    outcome = hypermaml("eval", run.folder, "--tasks", "5", "--steps", "4", "--out", path)
    assert outcome.status == 0
    assert "meta-test · full description · 1 seed × 5 tasks" in outcome.output
    assert "step 4" in outcome.output
    assert outcome.errors.splitlines()[1].startswith("hypermaml (full) seed 0: evaluated, ")
    assert outcome.errors.splitlines()[-1] == "5 tasks of each split, drawn with seed 1."
    assert len(scores(path)) == 2 * 2 * 5 * 5  # splits, methods, tasks, steps 0..4


def test_tasks_of_meta_training(hypermaml, run, tmp_path):
    found = {}
    for split in ("meta-train", "meta-validation"):
        path = tmp_path / f"{split}.csv"
        outcome = hypermaml("eval", run.folder, "--split", split, "--tasks", "5", "--steps", "1", "--out", path)
        assert outcome.status == 0
        assert f"{split} · full description · 1 seed × 5 tasks" in outcome.output
        assert {row["split"] for row in scores(path)} == {split}
        assert len(scores(path)) == 2 * 5 * 2  # methods, tasks, steps 0 and 1
        found[split] = {row["value"] for row in scores(path)}
    assert not found["meta-train"] & found["meta-validation"]
    outcome = hypermaml("eval", run.folder, "--split", "meta-validation", "--seed", "0")
    assert outcome.errors.splitlines()[-1] == "3 tasks of each split, drawn with seed 0."
    assert "meta-train" in hypermaml("eval", run.folder, "--split", "training").sentence


def test_a_seed_of_the_run_gives_its_own_scores_and_the_default_fresh_ones(hypermaml, run, tmp_path):
    own, fresh = tmp_path / "own.csv", tmp_path / "fresh.csv"
    assert hypermaml("eval", run.folder, "--seed", "0", "--out", own).status == 0
    assert hypermaml("eval", run.folder, "--out", fresh).status == 0
    trained = [row for row in scores(run.folder / "results.csv") if row["variant"] == ""]
    key = lambda row: tuple(sorted(row.items()))  # noqa: E731
    assert sorted(scores(own), key=key) == sorted(trained, key=key)
    assert not {row["value"] for row in scores(fresh)} & {row["value"] for row in trained}


def test_nothing_in_the_run_changes(hypermaml, run, copy):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    assert hypermaml("eval", copy, "--descriptor", "noisy").status == 0
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def test_a_descriptor_of_another_width(hypermaml, run):
    outcome = hypermaml("eval", run.folder, "--descriptor", "partial")
    assert outcome.status == 1
    assert outcome.output == ""
    assert outcome.errors.splitlines()[-1].startswith(
        "hypermaml: the description has 1 entries where the method was built for 2: describe the tasks"
    )


def test_a_damaged_checkpoint(hypermaml, run, copy):
    (array,) = copy.glob("training-runs/full/hypermaml/0/checkpoints/step-4/arrays/_METADATA")
    array.write_bytes(array.read_bytes() + b" ")
    outcome = hypermaml("eval", copy)
    assert outcome.status == 1
    step = copy / "training-runs/full/hypermaml/0/checkpoints/step-4"
    assert outcome.errors.splitlines()[-1] == (
        f"hypermaml: {array} is damaged: its bytes do not match the SHA-256 in the manifest. "
        f"Without {step}, --resume goes on from the checkpoint before it, or anew."
    )


def test_a_checkpoint_before_the_end_is_told(hypermaml, rewrite, sizes, tmp_path):
    args = ("train", "sine", "maml", *sizes, "--out", tmp_path / "run")
    assert hypermaml(*args).status == 0
    config = json.loads((tmp_path / "run/config.json").read_bytes())
    config["config"]["budget"]["iterations"] = 6
    rewrite(tmp_path / "run/config.json", config)
    outcome = hypermaml("eval", tmp_path / "run")
    assert outcome.status == 0
    assert "maml seed 0 is evaluated at iteration 4 of 6: its newest checkpoint" in outcome.errors.splitlines()


def test_a_file_of_the_run_is_not_overwritten(hypermaml, run):
    path = run.folder / "results.csv"
    before = path.read_bytes()
    outcome = hypermaml("eval", run.folder, "--out", path)
    assert outcome.status == 2
    assert outcome.sentence == f"--out: {path} is a file of the run, which would lose it; name another file"
    assert path.read_bytes() == before


def test_a_file_that_holds_no_scores_is_not_overwritten(hypermaml, run, tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("mine")
    outcome = hypermaml("eval", run.folder, "--out", path)
    assert outcome.status == 2
    assert outcome.sentence == f"--out: {path} exists and is not a file of this kind; name another file"
    assert path.read_text() == "mine"


def test_a_checkpoint_of_other_settings(hypermaml, run, copy, rewrite):
    config = json.loads((copy / "config.json").read_bytes())
    config["config"]["methods"]["hypermaml"]["generator"] = written(hm.Dense(width=50))
    rewrite(copy / "config.json", config)
    outcome = hypermaml("eval", copy)
    assert outcome.status == 1
    assert "does not fit: the leaf .method.init" in outcome.errors.splitlines()[-1]


@pytest.mark.parametrize("command", ["eval", "report"])
def test_a_folder_without_a_run(hypermaml, tmp_path, command):
    outcome = hypermaml(command, tmp_path)
    assert outcome.status == 1
    assert outcome.sentence == f"{tmp_path} holds no run: its config.json is missing, damaged or of another program."


def test_an_option_that_is_not_known_here(hypermaml, run, copy, rewrite):
    config = json.loads((copy / "config.json").read_bytes())
    config["config"]["budget"]["colour"] = "red"
    rewrite(copy / "config.json", config)
    outcome = hypermaml("eval", copy)
    assert outcome.status == 1
    assert outcome.sentence == "the run's configuration does not fit this version of hypermaml: Budget has no colour"


def test_a_run_whose_method_is_not_known_here_is_reported_and_not_evaluated(hypermaml, run, copy, rewrite):
    config = json.loads((copy / "config.json").read_bytes())
    config["config"]["methods"]["hypermaml"]["class"] = "elsewhere.methods:Own"
    config["config"]["family"] = "elsewhere"
    rewrite(copy / "config.json", config)
    assert hypermaml("report", copy).status == 0
    config["config"]["family"] = "sine"
    rewrite(copy / "config.json", config)
    outcome = hypermaml("eval", copy)
    assert outcome.status == 1
    assert outcome.sentence == (
        "the method hypermaml of the run is of the class elsewhere.methods:Own, which cannot be imported here: "
        "run the command in the folder of its file, or go on with the run in the program that made it"
    )


@pytest.mark.parametrize("command", ["eval", "report"])
def test_a_run_of_an_older_version(hypermaml, tmp_path, command):
    (tmp_path / "config.json").write_text(json.dumps({"format": "hypermaml run 1", "config": {}}))
    outcome = hypermaml(command, tmp_path)
    assert outcome.status == 1
    assert outcome.sentence == f"{tmp_path} holds a run of hypermaml 0.1: only that version reads it."
