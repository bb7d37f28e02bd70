import numpy as np
import pytest

from hypermaml._compare.record import MetricRecord, Record
from hypermaml.report.learning import curves_by_seed, mean_curve, reach
from hypermaml.report.results import Cell, Results, Scores


def results(metric="return"):
    record = Record("sine", metrics={metric: MetricRecord(metric == "return")})
    return Results(record, {Cell("", "full", "meta-test", metric, "maml"): Scores(np.zeros((1, 1, 2)), (0,), (0,))})


def curve(method, values, *, seed=0, metric="return", steps=1000, inner_step=1):
    return [
        {
            "descriptor": "full",
            "method": method,
            "seed": seed,
            "iteration": 10 * place,
            "environment_steps": steps * place,
            "inner_step": inner_step,
            "metric": metric,
            "value": value,
        }
        for place, value in enumerate(values)
    ]


def test_the_first_point_at_least_as_good_as_the_reference_ends():
    records = [
        *curve("maml", [-50, -20, -4, -5]),
        *curve("hypermaml", [-30, -5, -1, -1]),
        *curve("pretrained", [-50, -40, -30, -20]),
        *curve("maml", [-1, -1, -1, -1], inner_step=0),
        *curve("maml", [-9, -9, -9, -900], inner_step=3),
    ]
    found = {row.method: row for row in reach(records, results())}
    assert found["hypermaml"].iterations == (10,)
    assert found["hypermaml"].environment_steps == (1000,)
    assert found["maml"].iterations == (20,)
    assert found["pretrained"].iterations == (None,)
    assert found["maml"].target == -5


def test_an_error_is_reached_from_above_and_each_seed_has_its_own_target():
    records = [
        *curve("maml", [3, 0.4, 0.2], metric="mse", seed=0),
        *curve("maml", [3, 0.1, 0.1], metric="mse", seed=1),
        *curve("hypermaml", [0.3, 0.15, 0.01], metric="mse", seed=0),
        *curve("hypermaml", [0.3, 0.15, 0.12], metric="mse", seed=1),
    ]
    (row,) = [row for row in reach(records, results("mse")) if row.method == "hypermaml"]
    assert row.iterations == (10, None)
    assert row.target == pytest.approx(0.15)


def test_a_diverged_curve_reaches_nothing_and_a_diverged_reference_gives_no_target():
    records = [*curve("maml", [-9, -5]), *curve("hypermaml", [-9, np.nan]), *curve("hypernet", [-1, -1], seed=1)]
    assert {row.method: row.iterations for row in reach(records, results())} == {"maml": (10,), "hypermaml": (None,)}
    assert reach(curve("maml", [-9, np.nan]), results()) == []
    assert reach([], results()) == []


def test_the_mean_stops_where_a_seed_diverged_and_uses_shared_iterations():
    records = [*curve("maml", [1, 2, 3, 4], seed=0), *curve("maml", [3, 4, np.inf], seed=1)]
    mean, low, high = mean_curve(curves_by_seed(records, results(), inner_step=1)["full", "maml"])
    np.testing.assert_array_equal(mean.iterations, [0, 10, 20])
    np.testing.assert_array_equal(mean.values, [2, 3, np.nan])
    np.testing.assert_array_equal((low[:2], high[:2]), [[1, 2], [3, 4]])
