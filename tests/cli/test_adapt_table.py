"""A table: a saved method, a new task in a file, predictions beside its rows, and an exported model."""

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from safetensors.numpy import load_file

import hypermaml as hm

RNG = np.random.default_rng(0)
SCHOOLS = pd.DataFrame(
    {"school": np.arange(12), "sector": RNG.choice(["public", "private"], 12), "size": RNG.uniform(100, 900, 12)}
)
PUPILS = pd.DataFrame(
    {"school": np.repeat(np.arange(12), 8), "ses": RNG.normal(3, 2, 96), "age": RNG.uniform(9, 12, 96)}
)
PUPILS["score"] = 50 + 10 * PUPILS["ses"] + RNG.normal(0, 1, 96)
DESCRIPTION = "sector=private,size=900"


def trained_on(**changes) -> hm.Trained:
    family = hm.TableFamily(PUPILS.assign(**changes), task="school", target="score", descriptions=SCHOOLS, shots=3)
    return hm.train(hm.HyperMAML(), family, iterations=1, meta_batch=2, steps=1)


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "numbers.hypermaml"
    trained_on().save(path)
    return path


@pytest.fixture(scope="module")
def few(numbers):
    path = numbers.parent / "few.csv"
    path.write_text("score;ses;age;name\n70,5;2,0;10;Ann\n90,25;4,5;11;Bob\n")
    return path


@pytest.fixture(scope="module")
def model(numbers, few, hypermaml):
    path = numbers.parent / "model"
    outcome = hypermaml("adapt", numbers, "--description", DESCRIPTION, "--support", few, "--out", path)
    assert outcome.status == 0, outcome.errors
    assert outcome.output.splitlines()[1].startswith("Loss on 2 examples: ")
    return path


def test_columns_are_found_by_their_names(numbers, model):
    rows = pd.DataFrame({"age": [10.0, 11.0], "ses": [2.0, 4.5]})
    wanted = hm.load(numbers).adapt(rows, [70.5, 90.25], description={"size": 900.0, "sector": "private"})
    np.testing.assert_allclose(hm.load(model).predict(rows), wanted.predict(rows), rtol=1e-6)


def test_predictions_stand_beside_the_rows(model, few, hypermaml, tmp_path):
    outcome = hypermaml("predict", model, few)
    lines = outcome.output.splitlines()
    assert lines[0] == "score;ses;age;name;prediction"
    found = [float(line.split(";")[4]) for line in lines[1:]]
    np.testing.assert_allclose(found, hm.load(model).predict(few), rtol=1e-6)
    pd.DataFrame({"ses": [2.0], "age": [10.0]}).to_parquet(tmp_path / "new.parquet")
    lines = hypermaml("predict", model, tmp_path / "new.parquet").output.splitlines()
    assert lines[0] == "ses,age,prediction"
    assert float(lines[1].split(",")[2]) == pytest.approx(found[0], rel=1e-6)


def test_a_column_named_prediction_is_one_sentence(model, hypermaml, tmp_path):
    (tmp_path / "new.csv").write_text("ses,age,prediction\n1,2,3\n")
    outcome = hypermaml("predict", model, tmp_path / "new.csv")
    assert outcome.status == 1
    assert outcome.sentence.endswith("new.csv has a column 'prediction' already, so that there would be two: rename it")


def test_an_exported_model_reads_and_gives_plain_units(model, tmp_path):
    fitted, x = hm.load(model), np.asarray([[2.0, 10.0], [4.5, 11.0]], np.float32)
    order = [each.name for each in fitted.family.columns.inputs]
    wanted = fitted.predict(pd.DataFrame(x, columns=order))
    fitted.export(tmp_path / "m.onnx")
    (found,) = onnxruntime.InferenceSession(tmp_path / "m.onnx").run(None, {"x": x})
    np.testing.assert_allclose(found, wanted, rtol=1e-4)
    fitted.export(tmp_path / "m.safetensors")
    arrays = load_file(tmp_path / "m.safetensors")
    for name in ("0", "2", "4"):
        x = x @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"]
        x = x if name == "4" else np.maximum(x, 0)
    np.testing.assert_allclose(x[:, 0], wanted, rtol=1e-4)


def test_other_columns_are_exported_as_entries_and_classes_by_name(hypermaml, tmp_path):
    grades = np.where(PUPILS["score"] > 80, "good", "fair")
    trained = trained_on(score=grades, kind=RNG.choice(["a", "b", "c"], 96))
    trained.save(tmp_path / "m.hypermaml")
    few = tmp_path / "few.csv"
    few.write_text("ses,age,kind,score\n2,10,a,good\n3,11,b,good\n")
    call = ("adapt", tmp_path / "m.hypermaml", "--description", DESCRIPTION, "--support", few)
    outcome = hypermaml(*call, "--out", tmp_path / "model")
    assert outcome.status == 0, outcome.errors
    fitted = hm.load(tmp_path / "model")
    assert set(fitted.predict(few)) <= {"good", "fair"}
    entries = np.asarray(fitted.family.as_inputs(few))
    assert fitted.family.export_shape() == entries.shape[1:]
    assert entries.shape[1] > 3
    found = np.asarray(fitted.family.export_predict(fitted.learner, entries))
    np.testing.assert_array_equal(np.asarray(fitted.family.class_values)[found], fitted.predict(few))
    few.write_text("ses,age,kind,score\n2,10,a,bad\n")
    outcome = hypermaml(*call, "--out", tmp_path / "other")
    assert outcome.sentence == f"{few}, row 2: 'score' is 'bad', but it must be one of fair, good"


@pytest.mark.parametrize(
    ("text", "description", "sentence"),
    [
        ("ses,score\n1,2\n", DESCRIPTION, "{file} has no column 'age'; its columns are"),
        ("ses,age\n1,2\n", DESCRIPTION, "{file} has no column 'score'; "),
        ("ses,age,score\n1,2,x\n", DESCRIPTION, "{file}, row 2: the target 'score' is 'x', but it must be"),
        ("ses,age,score\n1,x,3\n", DESCRIPTION, "{file}, row 2: 'age' is 'x'"),
        ("ses,age,score\n1,2,3\n", "color=red", "the description has 'color', but tasks are not described by it; "),
        ("ses,age,score\n1,2,3\n", "sector=public,size=big", "the description"),
    ],
)
def test_what_does_not_fit_is_one_sentence(numbers, hypermaml, tmp_path, text, description, sentence):
    file = tmp_path / "few.csv"
    file.write_text(text)
    call = ("adapt", numbers, "--description", description, "--support", file)
    outcome = hypermaml(*call, "--out", tmp_path / "out")
    assert outcome.status == 1
    assert outcome.sentence.startswith(sentence.format(file=file))
    assert not (tmp_path / "out").exists()
