import numpy as np
import pytest

from hypermaml._compare.record import MethodRecord, MetricRecord, Record
from hypermaml._compare.records import FIELDS
from hypermaml.report.results import Cell, ResultsError, load_results

RECORD = Record(
    "sine",
    metrics={"mse": MetricRecord()},
    descriptors=("full", "partial"),
    methods={name: MethodRecord() for name in ("random", "maml", "hypermaml")},
)


def write(path, *rows):
    path.write_text("\n".join([",".join(FIELDS), *rows]) + "\n")
    return path


def row(variant="", method="maml", seed=0, task=0, step=0, value="1.5", family="sine"):
    return f"{family},{variant},full,meta-test,{method},{seed},{task},{step},mse,{value}"


def test_scores_are_stacked_by_seed_task_and_step_in_any_order_of_rows(tmp_path):
    keys = [(seed, task, step) for seed in (3, 7) for task in (0, 10, 2) for step in (0, 1)]
    lines = [row(seed=seed, task=task, step=step, value=seed * 100 + task + step / 10) for seed, task, step in keys]
    results = load_results(write(tmp_path / "results.csv", *lines[::-1]), RECORD)
    scores = results.cells[Cell("", "full", "meta-test", "mse", "maml")]
    assert results.family == "sine"
    assert (scores.seeds, scores.tasks) == ((3, 7), (0, 2, 10))
    assert scores.values.shape == (2, 3, 2)
    assert scores.values[1, 2, 1] == pytest.approx(710.1)


def test_non_finite_scores_are_kept(tmp_path):
    results = load_results(write(tmp_path / "results.csv", row(value="nan"), row(step=1, value="-inf")), RECORD)
    (scores,) = results.cells.values()
    assert np.isnan(scores.values[0, 0, 0])
    assert scores.values[0, 0, 1] == -np.inf


def test_shared_options_are_the_base_and_the_others_are_extra(tmp_path):
    variants = ("reward=squared", "reward=squared;schedule=off", "policy=mean;reward=squared;schedule=off")
    results = load_results(write(tmp_path / "results.csv", *[row(variant) for variant in variants]), RECORD)
    assert results.base == results.main == "reward=squared"
    assert results.extra(variants[2]) == "policy=mean;schedule=off"
    assert results.with_option(results.main, "schedule=off") == variants[1]
    assert results.with_option(results.main, "policy=mean") is None


def test_an_option_of_some_rows_is_not_shared(tmp_path):
    results = load_results(write(tmp_path / "results.csv", row("reward=squared"), row("")), RECORD)
    assert (results.base, results.main) == ("", "")
    assert results.extra("reward=squared") == "reward=squared"


def test_methods_come_in_the_order_of_the_record_and_unknown_ones_after_them(tmp_path):
    lines = [row(method=name) for name in ("zebra", "hypermaml", "alpha", "random", "maml")]
    results = load_results(write(tmp_path / "results.csv", *lines), RECORD)
    assert results.values("method") == ["random", "maml", "hypermaml", "alpha", "zebra"]


def test_the_record_gives_the_primary_metric_and_its_direction(tmp_path):
    lines = [row(), row().replace(",mse,", ",rank,"), row().replace(",mse,", ",other,")]
    path = write(tmp_path / "results.csv", *lines)
    record = Record("sine", metrics={"rank": MetricRecord(True, "m", "mean rank"), "mse": MetricRecord()})
    results = load_results(path, record)
    assert (results.metric, results.values("metric")) == ("rank", ["rank", "mse", "other"])
    assert [results.direction(metric) for metric in ("rank", "mse", "other")] == [1, -1, -1]
    assert [results.axis(metric) for metric in ("rank", "mse")] == ["mean rank, m", "mse"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([row(), row()], "came before"),
        ([row(seed=0), row(seed=1, task=1)], "every one of 2 tasks"),
        ([row(step=1)], "inner step 0..1"),
        ([row(value="abc")], "line 2: .* is not a row of scores"),
        (["sine,,full"], "line 2: .* is not a row of scores"),
        ([row(), row(family="navigation", method="random")], "one family"),
        ([], "one family; it holds none"),
    ],
)
def test_damaged_scores_are_refused_with_the_place(tmp_path, lines, message):
    with pytest.raises(ResultsError, match=message):
        load_results(write(tmp_path / "results.csv", *lines), RECORD)


def test_foreign_columns_are_refused(tmp_path):
    path = tmp_path / "results.csv"
    path.write_text("method,value\nmaml,1\n")
    with pytest.raises(ResultsError, match="must start with the columns family,variant"):
        load_results(path, RECORD)
