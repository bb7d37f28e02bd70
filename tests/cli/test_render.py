"""`render`: a strip and a video of a tiny run, and what cannot be drawn."""

import csv
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from hypermaml._compare.comparison import Comparison
from hypermaml.apply.recording import record
from hypermaml.cli.runs import load
from hypermaml.experiments.experiment import Budget
from hypermaml.experiments.locomotion import HalfCheetahDirectionExperiment
from hypermaml.experiments.sine import SineExperiment
from hypermaml.methods import METHODS
from hypermaml.run.folder import open_run

SIZES = "--iterations 1 --chunk 1 --horizon 5 --shots 2 --meta-batch 2 --test-tasks 2 --validation-tasks 2 --steps 2"


@pytest.fixture(scope="module")
def ridden(hypermaml, tmp_path_factory):
    """A finished run of a half cheetah that is not trained."""
    folder = tmp_path_factory.mktemp("render") / "run"
    outcome = hypermaml("compare", "halfcheetah-velocity", "--methods", "random", *SIZES.split(), "--out", folder)
    assert outcome.status == 0, outcome.errors
    return folder


def planned(folder, experiment, method="random"):
    """The folder of a run that has not begun."""
    comparison = Comparison(experiment, {method: METHODS[method]()}, Budget(1, 2, 1, 2, 2, 2), [0])
    with open_run(folder, comparison.config(), identity=comparison.identity()):
        return folder


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_strip_in_the_run_s_folder(hypermaml, ridden, tmp_path):
    run = shutil.copytree(ridden, tmp_path / "run")
    before = files(run)
    outcome = hypermaml("render", run, "--task", "1")
    path = run / "render" / "random-task1.png"
    assert outcome.status == 0, outcome.errors
    assert outcome.output.splitlines()[-1] == f"Picture: {path}"
    assert files(run).keys() - before.keys() == {path}
    assert {name: files(run)[name] for name in before} == before
    with Image.open(path) as picture:
        assert picture.format == "PNG"
    with (run / "results.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["split"], row["task"]) == ("meta-test", "1")]
    told = {
        row["inner_step"]: float(row["value"]) for row in rows if row["variant"] == "horizon=5;physics=rllab;shots=2"
    }
    assert f"return {told['0']:.1f} before adaptation, {told['2']:.1f} after inner step 2." in outcome.output


@pytest.mark.parametrize(("name", "begins"), [("a.svg", b"<?xml"), ("a.GIF", b"GIF8")])
def test_the_ending_decides_what_is_drawn(hypermaml, ridden, tmp_path, name, begins):
    args = ("render", ridden, "--split", "extrapolation", "--steps", "1", "--out", tmp_path / name)
    for _ in range(2):  # a picture is written over
        outcome = hypermaml(*args)
        assert outcome.status == 0, outcome.errors
    assert outcome.output.startswith("Task 0 of extrapolation, seed 0: return ")
    assert "after inner step 1" in outcome.output
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_both_rides_begin_alike(ridden):
    folder, comparison = load(str(ridden))
    recording = record(comparison, folder, method="random", descriptor="full", seed=0, split="meta-test", task=0)
    assert recording.step_metric.shape == (2, 8, 5)
    assert recording.ends.shape == (2, 5, 8, 2, 3)
    assert (recording.environment.goal, recording.steps, recording.seconds) == ("velocity", 2, 0.01)
    np.testing.assert_array_equal(recording.ends[0, 0], recording.ends[1, 0])
    assert (recording.ends[0, -1] != recording.ends[1, -1]).any()


def test_a_run_that_diverged_is_told(hypermaml, ridden, tmp_path, rewrite):
    run = shutil.copytree(ridden, tmp_path / "run")
    path = run / "training-runs/any/random/0/training-run.json"
    rewrite(path, json.loads(path.read_text()) | {"diverged": "at iteration 0"})
    outcome = hypermaml("render", run)
    assert outcome.status == 0
    told = "random seed 0 is drawn at iteration 0 of 0: its newest checkpoint, since its training diverged"
    assert told in outcome.errors.splitlines()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ("--method radnom", "in {run} there is no method 'radnom'; did you mean random? The methods are random"),
        ("--method maml", "in {run} there is no method 'maml'; the methods are random"),
        ("--seed 3", "in {run} there is no seed '3'; the seeds are 0"),
        ("--descriptor noisy", "in {run} there is no descriptor 'noisy'; the descriptors are full"),
        ("--descriptor ful", "--descriptor: there is no choice 'ful'; did you mean full? The choices are full, "),
        ("--task 2", "task is 2, but the run's tasks of meta-test are 0 to 1"),
        ("--task -1", "task is -1, but it must be at least 0"),
        ("--steps 0", "steps is 0, but it must be at least 1"),
        ("--out {tmp}/a.jpg", "--out: {tmp}/a.jpg must end in .png, .svg or .gif"),
        ("--out {tmp}/no/a.png", "--out: cannot write {tmp}/no/a.png; name a file in a folder that exists and may be "),
        ("--out {tmp}/letter.png", "--out: {tmp}/letter.png exists and is not a .png file; name another file"),
    ],
)
def test_what_is_not_there_is_one_sentence_and_nothing_is_written(hypermaml, ridden, tmp_path, args, sentence):
    (tmp_path / "letter.png").write_text("mine")
    before = files(ridden), files(tmp_path)
    names = {"run": ridden, "tmp": tmp_path}
    outcome = hypermaml("render", ridden, *args.format(**names).split())
    assert (outcome.status, outcome.output) == (2, "")
    assert outcome.sentence.startswith(sentence.format(**names))
    assert (files(ridden), files(tmp_path)) == before


def test_a_family_without_a_robot(hypermaml, tmp_path):
    run = planned(tmp_path / "run", SineExperiment())
    outcome = hypermaml("render", run)
    assert outcome.status == 2
    assert outcome.sentence == f"sine has no robot to draw; the plots of the report in {run} have its pictures"


def test_a_direction_has_no_extrapolation(hypermaml, tmp_path):
    run = planned(tmp_path / "run", HalfCheetahDirectionExperiment())
    outcome = hypermaml("render", run, "--split", "extrapolation")
    assert outcome.status == 2
    assert outcome.sentence == "halfcheetah-direction has no tasks of extrapolation; leave out --split"


def test_a_run_without_a_checkpoint(hypermaml, tmp_path):
    run = planned(tmp_path / "run", HalfCheetahDirectionExperiment(), "hypermaml")
    outcome = hypermaml("render", run)
    assert outcome.status == 1
    assert outcome.sentence == f"hypermaml with seed 0 has no checkpoint in {run} yet: go on with the run"
    assert not (run / "render").exists()


def test_help_does_not_load_what_is_slow():
    code = "import sys; from hypermaml.cli.program import command\ntry: command(['render', '--help'])\n"
    code += "finally: print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    modules = set(done.stdout.splitlines()[-1].split())
    assert "hypermaml" in modules
    assert not modules & {"jax", "equinox", "matplotlib", "mujoco", "orbax", "PIL"}
