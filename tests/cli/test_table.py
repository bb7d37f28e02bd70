"""A table of the user on the command line: its columns are shown, and its contents decide the run."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hypermaml as hm
from hypermaml.experiments.classes import CLASSES
from hypermaml.experiments.table import TableExperiment
from hypermaml.task_embeddings.configuration import Study
from hypermaml.task_embeddings.study import opened

COLUMNS = ("--rows", "pupils.csv", "--task", "school", "--target", "score")


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """The folder with both tables, where the command runs."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    schools = pd.DataFrame({"school": range(12), "size": rng.normal(size=12), "sector": ["a", "b"] * 6})
    pupils = pd.DataFrame({"school": np.repeat(range(12), 7), "ses": rng.normal(size=84)})
    pupils["score"] = 3 * pupils["ses"] + rng.normal(size=84)
    pupils.to_csv("pupils.csv", index=False, sep=";", decimal=",")
    schools.to_csv("schools.csv", index=False)
    return tmp_path


def test_columns_are_shown_and_changed_data_do_not_continue_a_run(hypermaml, sizes, tables):
    call = ("train", "table", "random", *COLUMNS, "--descriptions", "schools.csv", *sizes, "--out", "run")
    outcome = hypermaml(*call)
    assert outcome.status == 0, outcome.errors
    text = (tables / "run/data.txt").read_text()
    assert text in outcome.errors
    assert [line.split()[0] for line in text.splitlines()[2:7]] == ["school", "score", "ses", "size", "sector"]
    assert "- 'ses' has decimal commas" in text
    config = json.loads((tables / "run/config.json").read_text())["config"]
    assert config["options"]["rows"] == str(tables / "pupils.csv")
    assert config["budget"]["test_tasks"] == 2  # as many as there are
    assert "rows=pupils.csv" in config["variant"]
    assert hypermaml(*call, "--resume").status == 0
    assert hypermaml("eval", "run").status == 0

    (tables / "pupils.csv").write_text((tables / "pupils.csv").read_text() + "3;0,5;1,5\n")
    outcome = hypermaml(*call, "--resume")
    assert outcome.status == 1
    assert outcome.errors.splitlines()[-1] == (
        f"hypermaml: {tables / 'pupils.csv'}, which --rows names, has changed since the run in run began; give it its "
        "contents back, or choose another --out."
    )
    assert hypermaml("eval", "run").sentence == f"{tables / 'pupils.csv'} has changed since the run was made"
    assert hypermaml("report", "run").status == 0


@pytest.mark.parametrize(
    ("verb", "rest"),
    [
        ("check", ()),
        ("plan", ("maml", "--iterations", "4", "--chunk", "2")),
        ("embed", ("--method", "none", "--iterations", "2", "--out", "embedded")),
        ("tune", ("--methods", "random", "--iterations", "2", "--out", "trials")),
    ],
)
def test_each_command_that_reads_a_table_shows_its_columns(verb, rest, hypermaml, tables):
    outcome = hypermaml(verb, "table", *rest, *COLUMNS)
    assert outcome.status == 0, outcome.errors
    assert "- 'ses' has decimal commas" in outcome.errors


def test_more_tasks_than_there_are_count_once(hypermaml, sizes, tables):
    assert hypermaml("train", "table", "random", *COLUMNS, *sizes, "--out", "run").status == 0
    outcome = hypermaml("eval", "run", "--tasks", "1000")
    assert outcome.status == 0, outcome.errors
    assert outcome.errors.splitlines()[-1] == "2 tasks of each split, drawn with seed 1; there are no 1,000."


def test_a_run_whose_data_have_moved(hypermaml, sizes, tables):
    call = ("train", "table", "random", *COLUMNS, "--descriptions", "schools.csv", *sizes, "--out", "run")
    assert hypermaml(*call).status == 0
    (tables / "pupils.csv").rename(tables / "moved.csv")
    here = f"the run reads rows from {tables / 'pupils.csv'}, which is not here: copy it there, or give the path that "
    assert hypermaml("eval", "run").sentence.startswith(f"{here}it has now with --files rows=PATH")
    assert hypermaml("adapt", "run", "--out", "m").sentence.startswith(here)
    assert hypermaml("report", "run").status == 0
    assert hypermaml("eval", "run", "--files", "rows=moved.csv").status == 0
    assert hypermaml("export", "run", "m.hypermaml", "--files", "rows=moved.csv").status == 0
    some = TableExperiment(rows="moved.csv", task="school", target="score", descriptions="schools.csv")
    with pytest.raises(ValueError, match=r"^run holds no checkpoint of any/random/0"):  # as it trains nothing
        opened(some, Study(method="random", run=Path("run")))
    for value, sentence in (
        ("rows=schools.csv", f"{tables / 'schools.csv'} has changed since the run was made"),
        ("data=moved.csv", "table reads no files called 'data'; those that it reads: rows, descriptions"),
        ("moved.csv", "--files has 'moved.csv', but it must be OPTION=PATH, such as rows=data/rows.csv"),
    ):
        assert hypermaml("eval", "run", "--files", value).sentence == sentence
    (tables / "schools.csv").unlink()
    (tables / "moved.csv").unlink()
    assert hypermaml("adapt", "m.hypermaml", "--description", "sector=private,size=900", "--out", "m").status == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "--rows is missing: write --rows FILE --task COLUMN --target COLUMN"),
        (COLUMNS[:4], "--target is missing: write --rows FILE --task COLUMN --target COLUMN"),
        (
            (*COLUMNS[:5], "Score"),
            "pupils.csv has no column 'Score', which target names; did you mean 'score'? Its col",
        ),
        ((*COLUMNS, "--descriptions", "none.csv"), "there is no file or folder"),
        ((*COLUMNS, "--kinds", "ses"), "--kinds has 'ses', but it must be COLUMN=KIND, such as region=category"),
        ((*COLUMNS, "--shots", "7"), "pupils.csv, row 2: the task '0' has 7 rows, but 7 shots and a query need 8; 12"),
        ((*COLUMNS, "--split-seed", "-1"), "split_seed is -1, but it must be at least 0"),
    ],
)
def test_what_does_not_fit_is_one_sentence_and_nothing_is_written(options, sentence, hypermaml, tables):
    outcome = hypermaml("compare", "table", *options, "--out", "run")
    assert outcome.status != 0
    assert sentence in outcome.sentence
    assert not (tables / "run").exists()


def test_options_are_those_of_the_family(tables):
    some = TableExperiment(
        rows="pupils.csv",
        task="school",
        target="score",
        descriptions="schools.csv",
        inputs=("ses",),
        description_columns=("size", "sector"),
        kinds=("sector=category",),
        predict="number",
        shots=3,
    )
    family = some.family("full")
    assert some.family("full") is family
    assert [each.name for each in family.columns.described] == ["size", "sector"]
    assert some.family("none").description_size == 0
    again = TableExperiment.from_config(json.loads(json.dumps(some.config())), CLASSES)
    assert again == some
    with pytest.raises(ValueError, match="the run was made with descriptions, but their path is empty: give it"):
        replace(again, descriptions="").check_files(some.files())
    moved, before = tables / "moved.csv", some.decisive()
    (tables / "pupils.csv").rename(moved)
    assert replace(again, rows=str(moved)).decisive() == before


def test_methods_are_set_for_few_tasks():
    settings = TableExperiment().settings()
    held_back = {"generator": hm.LowRank(rank=1), "embedding_dropout": 0.5}
    assert settings["hypermaml"] == hm.HyperMAML(inner_lr=0.03)  # it holds itself back
    assert settings["hypermaml_algorithm_2"] == hm.HyperMAML.algorithm_2(inner_lr=0.03, **held_back)
    assert settings["maml"] == hm.MAML(inner_lr=0.03)
