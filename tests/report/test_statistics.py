import numpy as np
import pytest

from hypermaml._compare.record import Record
from hypermaml.report.results import Cell, Results, Scores
from hypermaml.report.statistics import (
    RESAMPLES,
    descriptor_differences,
    differences,
    estimate,
    gains,
    paired,
    resample_weights,
    summarize,
)

MAML = Cell("", "full", "meta-test", "return", "maml")
HYPER = MAML._replace(method="hypermaml")


def scores(values, seeds=None, tasks=None):
    values = np.asarray(values, dtype=float)
    return Scores(values, tuple(seeds or range(values.shape[0])), tuple(tasks or range(values.shape[1])))


def test_constant_scores_have_an_interval_of_no_width():
    result = estimate(np.full((3, 4), 2.5))
    assert (result.mean, result.low, result.high) == pytest.approx((2.5, 2.5, 2.5))
    assert (result.n_seeds, result.n_tasks, result.n_nonfinite) == (3, 4, 0)


def test_two_seeds_without_spread_in_tasks_give_the_three_possible_means():
    # Resampled means are 0, 1/2 or 1 with chances 1/4, 1/2, 1/4: the 2.5% quantiles are the ends.
    result = estimate(np.array([[0.0] * 5, [1.0] * 5]))
    assert (result.mean, result.low, result.high) == pytest.approx((0.5, 0.0, 1.0))


def test_weights_are_those_of_seeds_drawn_first_and_tasks_within_them():
    seeds, tasks = 3, 4
    counts = (resample_weights(seeds, tasks) * seeds * tasks).reshape(RESAMPLES, seeds, tasks)
    np.testing.assert_allclose(counts, np.round(counts), atol=1e-9)
    drawn = np.round(counts.sum(axis=2)) / tasks
    np.testing.assert_array_equal(drawn, np.round(drawn))  # a drawn seed always brings all of its tasks
    np.testing.assert_array_equal(drawn.sum(axis=1), seeds)
    assert (drawn == 0).mean() == pytest.approx((2 / 3) ** 3, abs=0.03)
    assert counts.mean() == pytest.approx(1.0)


def test_with_one_seed_only_tasks_are_resampled():
    values = np.random.default_rng(0).normal(size=(1, 400))
    result = estimate(values)
    assert result.n_seeds == 1
    assert result.half_width == pytest.approx(1.96 * values.std() / 20, rel=0.1)


@pytest.mark.parametrize(
    ("seeds", "between", "within", "lowest"), [(20, 1.0, 0.1, 0.85), (10, 0.5, 3.0, 0.88), (5, 1.0, 0.1, 0.72)]
)
def test_coverage_on_simulated_seeds_and_tasks(seeds, between, within, lowest):
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        values = between * rng.normal(size=(seeds, 1)) + within * rng.normal(size=(seeds, 20))
        result = estimate(values)
        hits += result.low <= 0 <= result.high
    assert lowest <= hits / 200


def test_coverage_falls_short_when_tasks_are_taken_for_the_unit():
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(200):
        values = rng.normal(size=(20, 1)) + 0.1 * rng.normal(size=(20, 20))
        result = estimate(values.reshape(1, -1))
        hits += result.low <= 0 <= result.high
    assert hits / 200 < 0.6


def test_the_same_scores_give_the_same_interval():
    values = np.random.default_rng(3).normal(size=(5, 7))
    first = estimate(values)
    resample_weights.cache_clear()
    assert estimate(values) == first


def test_a_diverged_seed_is_counted_and_never_averaged_away():
    values = np.ones((3, 4))
    values[1, :3] = [np.nan, np.inf, -np.inf]
    result = estimate(values)
    assert np.isnan([result.mean, result.low, result.high]).all()
    assert (result.n_nonfinite, result.n_diverged) == (3, 1)


def test_pairing_goes_by_seed_and_task_not_by_place():
    base = np.random.default_rng(4).normal(size=(3, 4, 1)) * 100
    left = scores(base[::-1][:, [2, 0, 1, 3]] + 0.5, seeds=(2, 1, 0), tasks=(2, 0, 1, 3))
    result = paired(left, 0, scores(base), 0)
    assert (result.mean, result.low, result.high) == pytest.approx((0.5, 0.5, 0.5))


def test_pairing_uses_what_both_have():
    values = np.arange(12.0).reshape(3, 4, 1)
    result = paired(scores(values, seeds=(0, 1, 2)), 0, scores(values[:2], seeds=(1, 5)), 0)
    assert (result.n_seeds, result.mean) == (1, pytest.approx(4.0))
    with pytest.raises(ValueError, match="same seeds and the same tasks"):
        paired(scores(values, seeds=(0, 1, 2)), 0, scores(values, seeds=(3, 4, 5)), 0)


def test_differences_between_descriptors():
    draws = np.random.default_rng(5).normal(size=(4, 6, 2))
    told, random = HYPER, HYPER._replace(descriptor="random")
    cells = {
        told: scores(draws),
        MAML: scores(draws),
        random: scores(draws + np.array([1.0, 0.5])),
        MAML._replace(descriptor="random"): scores(draws),  # reads no descriptor
    }
    rows = descriptor_differences(Results(Record("navigation"), cells))
    assert [(row.cell, row.inner_step, row.reference) for row in rows] == [(told, 0, "random"), (told, 1, "random")]
    assert [row.estimate.mean for row in rows] == pytest.approx([-1.0, -0.5])
    assert descriptor_differences(Results(Record("navigation"), {told: scores(draws)})) == []


def test_differences_and_gains_of_a_small_run():
    rng = np.random.default_rng(5)
    maml = rng.normal(size=(4, 6, 3))
    results = Results(Record("navigation"), {MAML: scores(maml), HYPER: scores(maml + np.array([2.0, 1.0, 0.0]))})
    assert [row.inner_step for row in summarize(results)] == [0, 1, 2, 0, 1, 2]
    rows = differences(results, reference="maml")
    assert [(row.cell, row.reference) for row in rows] == [(HYPER, "maml")] * 3
    assert [row.estimate.low for row in rows] == pytest.approx([2.0, 1.0, 0.0])
    assert [row.estimate.mean for row in differences(results, method="maml")] == pytest.approx([-2.0, -1.0, 0.0])
    change = {gain.cell: gain.gain.mean for gain in gains(results)}
    assert change[HYPER] == pytest.approx(change[MAML] - 2.0)
    assert gains(results)[0].last_step == 2
