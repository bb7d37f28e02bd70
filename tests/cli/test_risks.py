"""A whole report of the risks at tiny size, which takes a minute of a core, and what is refused."""

import csv
import json

import pytest

SIZES = (
    *("--iterations", "2", "--chunk", "2", "--meta-batch", "2", "--test-tasks", "3", "--validation-tasks", "3"),
    *("--steps", "1", "--seeds", "1", "--draws", "1", "--bins", "2", "--narrowest", "4", "--widest", "5"),
    *("--rounds", "1", "--generators", "dense", "--remedies", "centre"),
    *("--method", "hypermaml_algorithm_2"),
)
SECTIONS = ["complexity", "overfitting", "generalization", "tuning", "scaling", "embedding"]


@pytest.fixture(scope="module")
def report(hypermaml, tmp_path_factory):
    folder = tmp_path_factory.mktemp("risks") / "run"
    outcome = hypermaml("risks", "sine", *SIZES, "--out", folder)
    assert outcome.status == 0, outcome.errors
    return folder, outcome


@pytest.mark.product
def test_each_section_has_figures_with_intervals_sentences_and_a_plot(report):
    folder, outcome = report
    rows = list(csv.DictReader((folder / "results.csv").read_text().splitlines()))
    assert list(dict.fromkeys(row["section"] for row in rows)) == SECTIONS
    for row in rows:
        assert float(row["low"]) - 1e-6 <= float(row["mean"]) <= float(row["high"]) + 1e-6, row
        assert int(row["seeds"]) * int(row["n"]) >= 1
    assert {"4 tasks", "unlimited tasks"} <= {row["at"] for row in rows if row["section"] == "overfitting"}
    found = json.loads((folder / "summary.json").read_text())
    assert list(found) == SECTIONS
    page = (folder / "page.html").read_text()
    for name, section in found.items():
        assert section["findings"], name
        assert section["title"] in outcome.output
        assert section["findings"][0]["text"] in outcome.output
    assert page.count("<svg") == len(list((folder / "plots").glob("*.png"))) == 9
    told = [row for row in rows if row["at"] == "trained on a constant description" and "share" in row["figure"]]
    untold = {row["method"]: float(row["mean"]) for row in told}
    assert untold["HyperMAML (Algorithm 2), centre"] == pytest.approx(0, abs=1e-6)  # it is MAML
    assert abs(untold["HyperMAML (Algorithm 2)"]) > 1e-5


@pytest.mark.product
def test_a_cut_run_goes_on_with_the_training_run_in_progress_alone(report, hypermaml):
    folder, _ = report
    lost = folder / "training-runs" / "full" / "maml" / "0" / "results.csv"
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("training-runs/**/results.csv") if path != lost}
    before, rows = lost.read_bytes(), (folder / "results.csv").read_bytes()
    lost.unlink()
    (folder / "summary.json").unlink()
    (folder / "results.csv").unlink()
    assert hypermaml("risks", "sine", *SIZES, "--out", folder, "--resume").status == 0
    assert lost.read_bytes() == before
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert (folder / "results.csv").read_bytes() == rows


@pytest.mark.product
def test_a_finished_report_says_its_sentences_again(report, hypermaml):
    folder, outcome = report
    again = hypermaml("risks", "sine", *SIZES, "--out", folder, "--resume")
    assert (again.status, again.output) == (0, outcome.output)


@pytest.mark.product
def test_a_damaged_training_run_is_named(report, hypermaml):
    folder, _ = report
    path = folder / "training-runs" / "full" / "maml" / "0" / "results.csv"
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    (folder / "summary.json").unlink()
    outcome = hypermaml("risks", "sine", *SIZES, "--out", folder, "--resume")
    path.write_text(whole)
    assert outcome.status == 1
    assert f"{path} is damaged" in outcome.errors
    assert hypermaml("risks", "sine", *SIZES, "--out", folder, "--resume").status == 0


@pytest.mark.product
def test_other_verbs_say_what_the_folder_holds(report, hypermaml):
    outcome = hypermaml("report", report[0])
    assert outcome.status == 2
    assert "holds a report of risks: hypermaml risks FAMILY" in outcome.sentence


@pytest.mark.parametrize(
    ("args", "status", "sentence"),
    [
        (["sines"], 2, "there is no family 'sines'; did you mean sine?"),
        (["sine", "--method", "hipermaml"], 2, "there is no method 'hipermaml'; did you mean hypermaml?"),
        (["sine", "--method", "maml"], 1, "maml generates nothing from a description: choose a method that does"),
        (["sine", "--descriptor", "none"], 1, "Sine with this descriptor has none"),
        (["sine", "--descriptor", "shuffled"], 2, "there is no descriptor 'shuffled'"),
        (["multimodal", "--preset", "small"], 2, "there is no preset 'small'"),
        (["sine", "--generators", "dens"], 1, "generators are dens, but they must be of dense, low-rank"),
        (["sine", "--meta-batch", "1"], 2, "meta_batch is 1, but it must be at least 2"),
        (["sine", "--widest", "40"], 2, "widest must leave room for them above narrowest"),
        (["halfcheetah-velocity"], 1, "halfcheetah-velocity is simulated on the host"),
        (["glyphs"], 1, "the risks need"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(args, status, sentence, hypermaml, tmp_path):
    outcome = hypermaml("risks", *args, "--out", tmp_path / "out")
    assert outcome.status == status
    assert sentence in outcome.sentence
    assert not (tmp_path / "out").exists()
