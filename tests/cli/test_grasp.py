"""`compare grasp` and `render` on a tiny run, and what is said where MuJoCo is not installed."""

import csv
from importlib import util

import numpy as np
import pytest
from PIL import Image

from hypermaml._misc.installation import install
from hypermaml.apply.recording import record
from hypermaml.cli.runs import load
from hypermaml.sim import model

LITTLE = ("--horizon", "12", "--shots", "2", "--steps", "1", "--outer", "adam", "--shape", "cloud", "--points", "4")


@pytest.fixture(scope="module")
def run(hypermaml, sizes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("grasp") / "run"
    args = ("compare", "grasp", "--methods", "random", "hypermaml", "--out", folder, *sizes, *LITTLE)
    return folder, hypermaml(*args)


@pytest.mark.product
def test_a_comparison_has_returns_and_success_on_both_splits(run):
    folder, outcome = run
    assert outcome.status == 0, outcome.errors
    with (folder / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["metric"] for row in rows} == {"return", "success"}
    assert {row["split"] for row in rows} == {"meta-test", "extrapolation"}
    assert all("shape=cloud" in row["variant"] for row in rows)
    returns, shares = ([float(row["value"]) for row in rows if row["metric"] == name] for name in ("return", "success"))
    assert np.isfinite(returns).all()
    assert set(shares) <= {0.0, 0.5, 1.0}
    assert (folder / "plots" / "rises_full.png").exists()
    page = (folder / "page.html").read_text()
    assert "Lifting held-out objects" in page
    assert "success" in page


@pytest.mark.product
@pytest.mark.parametrize("name", ["strip.png", "film.gif"])
def test_a_grasp_is_drawn_before_and_after(run, hypermaml, tmp_path, name):
    outcome = hypermaml("render", run[0], "--out", tmp_path / name, "--task", "1")
    assert outcome.status == 0, outcome.errors
    with Image.open(tmp_path / name) as picture:
        assert picture.format == name[-3:].upper()
    assert outcome.output.startswith("Task 1 of meta-test, seed 0, descriptor full: return ")


@pytest.mark.product
def test_a_recording_holds_the_task_s_own_object(run):
    folder, comparison = load(str(run[0]))
    recording = record(comparison, folder, method="random", descriptor="full", seed=0, split="meta-test", task=1)
    family = comparison.experiment.family("full")
    assert recording.step_metric.shape == (2, 8, 12)
    assert recording.seconds == pytest.approx(0.04)
    assert set(recording.scores) >= {"return", "success"}
    grasp_object = recording.ends[0, 0][recording.loose]
    reach = recording.radii[recording.loose][:, None] + np.zeros(grasp_object.shape[:2])
    height = (grasp_object[..., 2] + reach).max()
    assert height == pytest.approx(2 * recording.task.size[2], abs=1e-3)
    assert family.environment == recording.environment


def test_without_mujoco_it_says_what_to_install_and_writes_nothing(monkeypatch, hypermaml, tmp_path):
    monkeypatch.setattr(model, "find_spec", lambda name: None if name == "mujoco" else util.find_spec(name))
    outcome = hypermaml("compare", "grasp", "--out", tmp_path / "run")
    assert outcome.status == 1
    sentence = "hypermaml: Hand needs mujoco, which is not installed: " + install("control")
    assert outcome.errors.splitlines()[-1] == sentence
    assert not (tmp_path / "run").exists()
