import numpy as np
import pytest

from hypermaml._compare.record import Record
from hypermaml.report.references import optima, reference_tables, summarize_references
from hypermaml.report.results import Cell, Results, Scores
from hypermaml.report.shares import share_tables, shares


def results(oracle, method):
    def cell(name):
        return Cell("", "full", "meta-test", "return", name)

    def scores(values):
        return Scores(np.asarray(values, float), (0, 1), (0, 1))

    return Results(Record("probe"), {cell("oracle"): scores(oracle), cell("maml"): scores(method)})


FLOORS = {"meta-test": {(seed, task): -10.0 for seed in (0, 1) for task in (0, 1)}}


FLOORS_AT_ZERO = dict.fromkeys(FLOORS["meta-test"], 0.0)


def test_a_share_is_the_way_gone_from_the_floor_to_the_oracles_last_step():
    made = results(np.full((2, 2, 2), [-5.0, 0.0]), np.full((2, 2, 2), [-10.0, -2.5]))
    found = {(row.cell.method, row.inner_step): row.estimate for row in shares(made, FLOORS, {})}
    assert found["maml", 0].mean == pytest.approx(0)
    assert (found["maml", 1].mean, found["maml", 1].low, found["maml", 1].high) == pytest.approx((75, 75, 75))
    assert found["oracle", 0].mean == pytest.approx(50)
    assert found["oracle", 1].mean == pytest.approx(100)


def test_the_interval_spans_the_seeds():
    made = results(np.zeros((2, 2, 1)), [[[-5.0], [-5.0]], [[-10.0], [-10.0]]])
    (share,) = [row.estimate for row in shares(made, FLOORS, {}) if row.cell.method == "maml"]
    assert share.mean == pytest.approx(25)
    assert share.high - share.mean == pytest.approx(12.706 * 25, rel=1e-3)  # two seeds, 0 and 50: t of one degree
    assert share.df == 1


def test_no_share_without_an_oracle_a_floor_or_finite_scores(made):
    made = results(np.zeros((2, 2, 1)), np.full((2, 2, 1), np.nan))
    assert [row.cell.method for row in shares(made, FLOORS, {})] == ["oracle"]
    assert shares(made, {}, {}) == []
    alone = Results(Record("probe"), {cell: scores for cell, scores in made.cells.items() if cell.method == "maml"})
    assert shares(alone, FLOORS, {}) == []


def with_random(oracle, method, random):
    made = results(oracle, method)
    cell = next(iter(made.cells))._replace(method="random")
    return Results(Record("probe"), {**made.cells, cell: Scores(np.asarray(random, float), (0, 1), (0, 1))})


def test_without_a_floor_the_way_begins_at_the_random_initialization():
    made = with_random(np.full((2, 2, 2), [0.0, 10.0]), np.full((2, 2, 2), [0.0, 5.0]), np.full((2, 2, 2), [-10.0, 9]))
    found = {(row.cell.method, row.inner_step): row.estimate.mean for row in shares(made, {}, {})}
    assert (found["maml", 0], found["maml", 1], found["random", 0]) == pytest.approx((50, 75, 0))
    # A floor that is known comes first.
    found = {
        (row.cell.method, row.inner_step): row.estimate.mean for row in shares(made, {"meta-test": FLOORS_AT_ZERO}, {})
    }
    assert found["maml", 1] == pytest.approx(50)


def test_an_oracle_that_is_not_apart_from_the_floor_is_no_upper_end():
    level = np.zeros((2, 2, 1))
    mixed = [[[5.0], [-5.0]], [[-5.0], [5.0]]]
    assert shares(with_random(mixed, level, level), {}, {}) == []
    assert shares(with_random(level + 5, level, level), {}, {}) != []


def test_a_table_has_a_line_per_method_and_a_column_per_step():
    made = results(np.full((2, 2, 2), [-5.0, 0.0]), np.full((2, 2, 2), [-10.0, -2.5]))
    (table,) = share_tables(made, shares(made, FLOORS, {}), "oracle")
    assert table.headers == ("method", "step 0", "step 1")
    assert [row[0] for row in table.rows] == ["oracle", "maml"]
    assert table.title.startswith("share of the way to the oracle, %")


OPTIMA = {"meta-test": dict.fromkeys(FLOORS["meta-test"], 10.0)}


def test_where_the_optimum_is_known_it_is_the_upper_end_and_no_oracle_is_needed(made):
    made = results(np.full((2, 2, 2), [-5.0, 0.0]), np.full((2, 2, 2), [-10.0, -2.5]))
    found = {(row.cell.method, row.inner_step): row.estimate.mean for row in shares(made, FLOORS, OPTIMA)}
    assert (found["maml", 1], found["oracle", 1]) == pytest.approx((37.5, 50))
    alone = Results(Record("probe"), {cell: scores for cell, scores in made.cells.items() if cell.method == "maml"})
    assert [row.estimate.mean for row in shares(alone, FLOORS, OPTIMA)] == pytest.approx([0, 37.5])


def test_references_have_their_scores_and_their_share_of_the_optimum():
    half = {"rule": dict.fromkeys(FLOORS["meta-test"], 0.0), "optimum": OPTIMA["meta-test"]}
    rule, best = summarize_references({"meta-test": half}, FLOORS, "optimum")
    assert (rule.name, rule.score.mean, rule.share and rule.share.mean) == ("rule", 0.0, pytest.approx(50))
    assert (best.score.mean, optima({"meta-test": half}, "optimum")) == (10.0, OPTIMA)
    made = results(np.zeros((2, 2, 1)), np.zeros((2, 2, 1)))
    (table,) = reference_tables(made, [rule, best])
    assert table.headers == ("reference", "meta-test")
    assert [row[0] for row in table.rows] == ["rule", "optimum"]
    assert table.rows[0][1].endswith("%")
    (alone,) = summarize_references({"meta-test": {"persistence": half["rule"]}}, {}, "optimum")
    assert alone.share is None
    assert reference_tables(made, []) == []
