import csv
from importlib import util

import numpy as np
import pytest

from hypermaml._compare import training
from hypermaml._misc.installation import install
from hypermaml.cli.program import warn
from hypermaml.families.simulated import BrokenPhysics
from hypermaml.run import checkpoint
from hypermaml.sim import model

LITTLE = ("--horizon", "6", "--shots", "2", "--steps", "1", "--outer", "adam")


@pytest.fixture(scope="module")
def run(hypermaml, sizes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("locomotion") / "run"
    args = ("compare", "halfcheetah-direction", "--methods", "random", "maml", "--out", folder, *sizes, *LITTLE)
    return folder, args, hypermaml(*args)


def test_a_comparison_names_its_physics_and_has_no_tasks_outside(run):
    folder, _, outcome = run
    assert outcome.status == 0, outcome.errors
    with (folder / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["split"] for row in rows} == {"meta-test"}
    assert all("physics=rllab" in row["variant"] for row in rows)
    assert "physics=rllab" in outcome.errors.splitlines()[0]
    assert np.isfinite([float(row["value"]) for row in rows]).all()
    assert (folder / "plots" / "speeds_full.png").exists()


def test_a_run_that_was_cut_goes_on_to_the_same_figures(run, hypermaml, tmp_path, monkeypatch):
    folder, args, _ = run
    again = [tmp_path / "cut" if arg == folder else arg for arg in args]
    monkeypatch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    save = checkpoint.save

    def cut(root, iteration, *state, **how):
        save(root, iteration, *state, **how)
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save", cut)
    assert hypermaml(*again).status == 130
    monkeypatch.setattr(checkpoint, "save", save)
    assert hypermaml(*again, "--resume").status == 0
    for name in ("results.csv", "training-runs/any/maml/0/metrics.jsonl", "training-runs/any/maml/0/results.csv"):
        assert (tmp_path / "cut" / name).read_bytes() == (folder / name).read_bytes()


def test_without_mujoco_these_families_say_what_to_install_and_write_nothing(monkeypatch, hypermaml, tmp_path):
    monkeypatch.setattr(model, "find_spec", lambda name: None if name == "mujoco" else util.find_spec(name))
    outcome = hypermaml("compare", "ant-velocity", "--out", tmp_path / "run")
    assert outcome.status == 1
    sentence = "hypermaml: Ant needs mujoco, which is not installed: " + install("control")
    assert outcome.errors.splitlines()[-1] == sentence
    assert not (tmp_path / "run").exists()
    assert hypermaml("list").status == 0


def test_a_descriptor_that_cannot_be_partial_is_refused(hypermaml, tmp_path):
    outcome = hypermaml("compare", "ant-velocity", "--descriptor", "partial", "--out", tmp_path / "run")
    assert outcome.status == 1
    assert "a task is one number" in outcome.errors.splitlines()[-1]
    assert not (tmp_path / "run").exists()


def test_a_preset_that_a_family_lacks_is_named(hypermaml):
    assert hypermaml("compare", "sine", "--preset", "small").sentence == (
        "there is no preset 'small'; the presets are quick and paper"
    )


def test_broken_physics_is_a_sentence(capsys):
    warn(BrokenPhysics("task 1, trajectory 0: the physics is not finite in step 4"), BrokenPhysics, "file.py", 3)
    assert capsys.readouterr().err == "hypermaml: task 1, trajectory 0: the physics is not finite in step 4\n"
    warn(UserWarning("look"), UserWarning, "file.py", 3)
    assert capsys.readouterr().err == "file.py:3: UserWarning: look\n"
