"""A run, a task of one's own, an adapted model, predictions, and an exported model."""

import csv

import numpy as np
import pytest

import hypermaml as hm

FEW = "x,y\n0.0,0.5\n1.0,1.5\n2.0,0.25\n"
TASK = ("--method", "hypermaml", "--description", "2.0,1.0")


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "few.csv"
    path.write_text(FEW)
    return path


@pytest.fixture(scope="module")
def model(run, few, hypermaml):
    path = few.parent / "model"
    outcome = hypermaml("adapt", run.folder, *TASK, "--support", few, "--steps", "2", "--out", path)
    assert outcome.status == 0, outcome.errors
    assert outcome.output.splitlines()[0] == f"Model: {path}"
    assert outcome.output.splitlines()[1].startswith("Loss on 3 examples: ")
    return path


def test_the_model_is_that_of_the_library(run, model):
    rows = np.asarray(list(csv.reader(FEW.splitlines()))[1:], float)
    trained = hm.load(run.folder, method="hypermaml")
    wanted = trained.adapt(rows[:, :1], rows[:, 1:], description=[2.0, 1.0], steps=2)
    np.testing.assert_array_equal(hm.load(model).predict(rows[:, :1]), wanted.predict(rows[:, :1]))


def test_a_saved_method_adapts_as_its_run(run, few, model, hypermaml, tmp_path):
    hm.load(run.folder, method="hypermaml").save(tmp_path / "m.hypermaml")
    call = ("adapt", tmp_path / "m.hypermaml", "--description", "2.0,1.0", "--support", few, "--steps", "2")
    outcome = hypermaml(*call, "--out", tmp_path / "model")
    assert outcome.status == 0, outcome.errors
    assert (tmp_path / "model").read_bytes() == model.read_bytes()


def test_the_trained_method_of_a_run_is_one_file(run, few, model, hypermaml, tmp_path):
    path = tmp_path / "trained.hypermaml"
    outcome = hypermaml("export", run.folder, path, "--method", "hypermaml")
    assert outcome.output == f"Trained method: {path}\n", outcome.errors
    call = ("adapt", path, "--description", "2.0,1.0", "--support", few, "--steps", "2")
    assert hypermaml(*call, "--out", tmp_path / "model").status == 0
    assert (tmp_path / "model").read_bytes() == model.read_bytes()
    outcome = hypermaml("export", run.folder, tmp_path / "m.onnx")
    assert outcome.sentence.startswith(f"{run.folder} is a folder, of which hypermaml export")
    outcome = hypermaml("export", model, tmp_path / "m.stablehlo", "--seed", "0")
    assert outcome.sentence.startswith("--method, --seed and --files choose from the folder of a run")


def test_without_examples_the_model_is_generated(run, hypermaml, tmp_path):
    outcome = hypermaml("adapt", run.folder, *TASK, "--out", tmp_path / "m")
    assert outcome.output == f"Model: {tmp_path / 'm'}\n"


def test_many_tasks_of_numbers(run, few, model, hypermaml, tmp_path):
    (tmp_path / "tasks.jsonl").write_text(
        f'{{"name": "one", "description": "2.0,1.0", "support": "{few}"}}\n{{"name": "two", "description": "1,1"}}\n'
    )
    call = (
        "adapt",
        run.folder,
        "--method",
        "hypermaml",
        "--tasks",
        tmp_path / "tasks.jsonl",
        "--out",
        tmp_path / "all",
    )
    outcome = hypermaml(*call, "--steps", "2")
    assert outcome.status == 0, outcome.errors
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["one.hypermaml", "two.hypermaml"]
    found = [hm.load(path).predict([[0.5]]) for path in (tmp_path / "all" / "one.hypermaml", model)]
    np.testing.assert_allclose(*found, rtol=1e-5)
    (tmp_path / "tasks.jsonl").write_text('{"name": "three", "description": "1,1"}\n')
    outcome = hypermaml(*call, "--overwrite")
    assert outcome.output.splitlines()[-1] == f"Left as before in {tmp_path / 'all'}: one.hypermaml, two.hypermaml"
    (tmp_path / "tasks.jsonl").write_text('{"name": "one", "support": [[1, 2]]}')
    outcome = hypermaml(*call[:-1], tmp_path / "x")
    assert outcome.sentence.endswith("line 1: examples of Sine are rows of a file: give its name instead of a list")


@pytest.mark.filterwarnings("default")
def test_predictions_stand_beside_the_rows(model, hypermaml, tmp_path):
    new = tmp_path / "new.csv"
    new.write_text("x;note\n0.5;a\n\n-1;b\n", encoding="utf-8-sig")
    outcome = hypermaml("predict", model, new)
    assert outcome.errors == f"hypermaml: {new}: the first column 'x' is the input, and the others are not read\n"
    lines = outcome.output.splitlines()
    assert lines[0] == "x;note;prediction"
    found = [float(line.rpartition(";")[2]) for line in lines[1:]]
    np.testing.assert_allclose(found, hm.load(model).predict([0.5, -1.0]), rtol=1e-6)
    outcome = hypermaml("predict", model, new, "--out", tmp_path / "out.csv")
    assert outcome.output == f"Predictions: {tmp_path / 'out.csv'}, 2 rows\n"
    assert (tmp_path / "out.csv").read_text().splitlines() == lines
    outcome = hypermaml("predict", model, new, "--out", tmp_path / "out.parquet")
    assert outcome.status == 2
    assert outcome.sentence == f"--out: {tmp_path / 'out.parquet'} would hold CSV; name a file that ends in .csv"


def test_a_model_is_exported(model, hypermaml, tmp_path):
    for name in ("m.stablehlo", "m.safetensors"):
        outcome = hypermaml("export", model, tmp_path / name)
        assert outcome.output == f"Model: {tmp_path / name}\n", outcome.errors
        assert (tmp_path / name).stat().st_size > 0


@pytest.mark.parametrize(
    ("args", "status", "sentence"),
    [
        (("adapt", "{run}", "--out", "{out}"), 1, "{run} holds several methods: give one of random, hypermaml as "),
        (("adapt", "{run}", *TASK), 2, "--out is missing: write hypermaml adapt RUN --description TEXT"),
        (
            ("adapt", "{run}", *TASK, "--out", "{model}"),
            2,
            "--out: {model} exists already; name another one, or write ",
        ),
        (("adapt", "{run}", *TASK, "--out", "no/m"), 2, "--out: cannot write no/m; name one in a folder that exists"),
        (("adapt", "{run}", *TASK, "--out", "{out}.pt"), 1, "{out}.pt ends in '.pt', but a model is written as .onnx"),
        (("adapt", "{run}", *TASK, "--out", "{out}", "--steps", "2"), 2, "--steps are inner steps on examples: name "),
        (("adapt", "{run}", *TASK, "--tasks", "{bad}", "--out", "{out}"), 2, "--tasks names a file with descriptions "),
        (("adapt", "{run}", *TASK, "--out", "{out}", "--steps", "-1"), 2, "steps is -1, but it must be at least 0"),
        (("adapt", "{run}", *TASK, "--out", "{out}", "--seed", "7"), 1, "{run} holds no seed 7: its seeds are 0"),
        (
            ("adapt", "{run}", *TASK[:2], "--out", "{out}"),
            1,
            "HyperMAML reads the description of a task: give descript",
        ),
        (
            ("adapt", "{run}", *TASK[:3], "a=1,b=2", "--out", "{out}"),
            1,
            "Sine describes its tasks by numbers without names: give 2 in their order",
        ),
        (("adapt", "{run}", *TASK[:3], "a,b", "--out", "{out}"), 1, "the description is 'a,b', but it must be name="),
        (
            ("adapt", "{run}", *TASK[:3], "1", "--out", "{out}"),
            1,
            "the description has the shape (1,), but Sine needs 2",
        ),
        (
            ("adapt", "{run}", *TASK, "--support", "{bad}", "--out", "{out}"),
            1,
            "{bad}, line 3: column 2 ('y') is 'b', ",
        ),
        (("adapt", "{run}", *TASK, "--support", "nowhere.csv", "--out", "{out}"), 1, "nowhere.csv does not exist"),
        (("adapt", "{model}", "--out", "{out}"), 2, "{model} is an adapted model: name a run folder, or a file that "),
        (("adapt", "{bad}", "--out", "{out}"), 1, "{bad} holds no trained method and no model: give a file that "),
        (("adapt", "--out", "{out}"), 2, "RUN is missing: write hypermaml adapt RUN, then the options"),
        (("predict", "{run}", "{bad}"), 2, "{run} is a folder: name the file of a model, which hypermaml adapt {run}"),
        (("predict", "{model}", "{bad}"), 1, "{bad}, line 3: column 1 ('x') is 'a', but it must be a number"),
        (
            ("export", "{model}", "{out}"),
            1,
            "{out} has no ending: a model is written as .onnx, .stablehlo, .safetensors",
        ),
        (("export", "{model}", "{out}.pkl"), 1, "{out}.pkl ends in '.pkl', but a model is written as"),
    ],
)
def test_what_does_not_fit_is_one_sentence_and_no_file(run, model, hypermaml, tmp_path, args, status, sentence):
    bad = tmp_path / "bad.csv"
    bad.write_text("x,y\n0,1\na,b\n" if args[0] == "predict" else "x,y\n0,1\n1,b\n")
    names = {"run": run.folder, "model": model, "out": tmp_path / "out", "bad": bad}
    outcome = hypermaml(*(arg.format(**names) for arg in args))
    assert outcome.status == status, outcome.errors
    assert outcome.sentence.startswith(sentence.format(**names))
    assert sorted(tmp_path.iterdir()) == [bad]
