"""What sections compute, on numbers made by hand."""

import numpy as np
import pytest

from hypermaml.report.risks.arithmetic import advantage, crossing, equivalence, recovery, relative
from hypermaml.report.risks.overfitting import overfits
from hypermaml.report.risks.section import between_all, share
from hypermaml.report.risks.tuning import diverged, near_best
from hypermaml.report.statistics import estimate, median


def scores(mean, spread, *, seeds=5, tasks=40):
    noise = np.random.default_rng(0).standard_normal((seeds, tasks))
    return mean + spread * (noise - noise.mean())


def test_equivalence_takes_both_sides():
    maml = scores(1.0, 0.1)
    assert equivalence(maml + 0.05, maml) == "equivalent"
    assert equivalence(maml + 0.2, maml) == equivalence(maml - 0.2, maml) == "different"
    assert equivalence(maml + scores(0.1, 0.5), maml) == "open"
    assert relative(maml + 0.05, maml).mean == pytest.approx(0.05)


def test_recovery_is_of_what_corruption_costs():
    given = np.stack([scores(1.0, 0.1), scores(0.5, 0.1), scores(0.5, 0.1)], axis=-1)
    corrupted = given + np.array([4.0, 1.0, 5.0])
    before, one, two = recovery(corrupted, given)
    assert (before.mean, one.mean, two.mean) == pytest.approx((0.0, 0.75, -0.25))
    assert one.low == pytest.approx(0.75)


def test_the_crossing_is_where_better_ends_and_where_worse_begins():
    assert crossing(["better", "better", "open", "worse"]) == (2, 3)
    assert crossing(["better", "worse"]) == (1, 1)
    assert crossing(["better", "open"]) == (1, None)
    assert crossing(["better"]) == (None, None)


def test_shares_of_runs():
    errors = np.array([1.0, 1.09, 1.2, np.nan, 5.0])
    assert near_best(errors).tolist() == [True, True, False, False, False]
    assert not near_best(np.array([np.nan])).any()
    assert diverged(errors, np.full(5, 4.0)).tolist() == [False, False, False, True, True]
    half = share(5, 10)
    assert (half.mean, half.low, half.high) == pytest.approx((0.5, 0.2366, 0.7634), abs=1e-3)


def test_a_gap_counts_where_its_interval_is_above_zero():
    assert overfits([estimate(scores(0.2, 0.1)), estimate(scores(0.0, 0.1))]) == [True, False]
    assert overfits([estimate(scores(-0.2, 0.1))]) == [False]


def test_lower_is_better_and_paired():
    one = scores(1.0, 3.0)
    found = [one - 0.1, one + 0.1, one + scores(0.0, 1.0), np.full(one.shape, np.nan)]
    verdicts = between_all({str(place): (errors, one) for place, errors in enumerate(found)}, [None] * 4)
    assert [verdict for _, (verdict, _) in verdicts] == ["better", "worse", "open", "note"]


def test_the_advantage_is_by_how_much_less_the_error_grows():
    small, grown, more = (np.full((1, 2), value) for value in (1.0, 1.5, 3.0))
    found = advantage([small, grown], [small, more])
    assert (found.mean, found.low, found.high) == pytest.approx((2.0, 2.0, 2.0))
    assert advantage([small, grown], [small, np.full((1, 2), np.nan)]).n_nonfinite == 2


def test_a_median_has_an_interval():
    found = median(np.array([1.0, 2.0, 3.0, 100.0, 2.5]))
    assert (found.mean, found.low, found.high) == (2.5, 1.0, 100.0)
    many = median(np.arange(20.0))
    assert (many.mean, many.low, many.high) == (9.5, 5.0, 14.0)  # the 6th and the 15th of 20, as in tables


def test_several_pairs_are_judged_as_one_family():
    rng = np.random.default_rng(1)
    one = rng.normal(0.0, 0.1, (5, 40))
    pairs = {"same": (one, one - one.mean()), "far": (one + 1, one), "near": (one, one * 1.2 - 0.05)}
    verdicts = {name: verdict for name, (verdict, _) in between_all(pairs, [None] * 3)}
    assert verdicts["far"] == "worse"
