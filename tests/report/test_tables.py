import csv

import numpy as np
import pytest

from hypermaml.report.learning import Reach
from hypermaml.report.results import load_results
from hypermaml.report.statistics import Estimate, differences, gains, summarize
from hypermaml.report.tables import (
    Table,
    describe,
    gain_table,
    mapping_table,
    number,
    reach_table,
    score_tables,
    write_csv,
)


@pytest.mark.parametrize(
    ("value", "uncertainty", "text"),
    [
        (-39.83, 4.03, "-39.8"),
        (0.001312, 0.00021, "0.00131"),
        (-2535.2, 894.0, "-2535"),
        (0.331, np.nan, "0.331"),
        (16.7, np.nan, "16.7"),
        (-0.0001, 0.4, "0.00"),
        (0.0, 0.0, "0.00"),
        (1.0, 1e-12, "1.0000"),
        (-1.234e9, 5.0, "-1.23e+09"),
        (np.nan, 1.0, "nan"),
    ],
)
def test_numbers_have_the_digits_that_their_uncertainty_allows(value, uncertainty, text):
    assert number(value, uncertainty) == text


def test_estimates_in_words():
    assert describe(Estimate(-40.4, -44.2, -36.4, 5, 40)) == "-40.4 ± 3.9"
    assert describe(Estimate(-40.4, -44.2, -36.4, 5, 40), interval=True) == "-40.4 [-44.2, -36.4]"
    assert describe(Estimate(np.nan, np.nan, np.nan, 5, 40, 41, 2)) == "not finite (41 of 200)"


def test_score_tables_are_wide_and_differences_mark_what_is_clear_of_zero(small_run, made):
    results = load_results(small_run / "results.csv", made.make_record())
    tables = score_tables(results, summarize(results))
    assert len(tables) == 2 * 3  # splits, and the variants with the schedule, without it, and of the mean action
    assert tables[0].title == "return (higher is better) · meta-test · full description"
    assert tables[0].headers == ("method", "step 0", "step 1", "step 2", "step 3", "seeds × tasks")
    assert [row[0] for row in tables[0].rows] == ["random", "pretrained", "oracle", "maml", "hypermaml"]
    assert tables[0].rows[0][-1] == "6 × 5"
    compared = score_tables(results, differences(results, reference="maml"), interval=True)[0]
    hypermaml = compared.rows[-1]
    assert hypermaml[:2] == ("hypermaml", "maml")
    assert hypermaml[2].endswith("] *")


def test_methods_with_fewer_steps_leave_cells_empty(small_run, made):
    results = load_results(small_run / "results.csv", made.make_record())
    rows = [row for row in summarize(results) if row.cell.method != "oracle" or row.inner_step == 0]
    (oracle,) = [row for row in score_tables(results, rows)[0].rows if row[0] == "oracle"]
    assert oracle[2:5] == ("–", "–", "–")


def test_gain_table_holds_the_main_variant(small_run, made):
    results = load_results(small_run / "results.csv", made.make_record())
    table = gain_table(results, gains(results), descriptor="full", split="meta-test")
    assert len(table.rows) == 5


def test_costs_say_what_was_not_reached():
    rows = [
        Reach("full", "hypermaml", -3.3, (100, 50, 70), (1000, 500, 700)),
        Reach("full", "fomaml", -3.3, (400, None, None), (4000, None, None)),
        Reach("full", "random", -3.3, (None,), (None,)),
    ]
    lines = [row[3:] for row in reach_table(rows).rows]
    assert lines[0] == ("70 [50, 100]", "700 [500, 1,000]", "3 of 3")
    assert lines[1] == ("not reached [400, not reached]", "not reached [4,000, not reached]", "1 of 3")
    assert lines[2] == ("not reached", "not reached", "0 of 1")
    supervised = reach_table([Reach("full", "maml", 0.2, (100,), (0,))])
    assert supervised.headers[3:] == ("iterations", "seeds that reached it")


def test_budgets_and_markdown():
    table = mapping_table("Budget", {"maml": {"iterations": 500, "lr": 1e-3}, "a|b": {"iterations": 1_000_000}})
    assert table == Table(
        "Budget", ("method", "iterations", "lr"), (("maml", "500", "0.001"), ("a|b", "1,000,000", ""))
    )
    lines = table.markdown().splitlines()
    assert lines[3:6] == ["| :-- | --: | --: |", "| maml | 500 | 0.001 |", "| a\\|b | 1,000,000 |  |"]


def test_csv_holds_every_estimate_at_full_precision(small_run, tmp_path, made):
    results = load_results(small_run / "results.csv", made.make_record())
    rows = [*summarize(results), *differences(results, reference="maml")]
    write_csv(tmp_path / "table.csv", rows)
    with open(tmp_path / "table.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 6 * (5 + 4)
    assert float(lines[0]["step_3_mean"]) == rows[3].estimate.mean
    assert lines[-1]["minus"] == "maml"
