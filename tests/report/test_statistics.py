import numpy as np
import pytest
from scipy.stats import t, ttest_1samp

from hypermaml._compare.record import Record
from hypermaml.report.results import Cell, Results, Scores
from hypermaml.report.statistics import (
    Estimate,
    clear_of_zero,
    descriptor_differences,
    differences,
    estimate,
    gains,
    paired,
    ratio,
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


def test_the_interval_is_students_over_the_means_of_seeds():
    values = np.random.default_rng(0).normal(size=(4, 30))
    result, expected = estimate(values), t(df=3, loc=values.mean(), scale=values.mean(axis=1).std(ddof=1) / 2)
    assert (result.low, result.high) == pytest.approx(expected.interval(0.95))
    assert result.df == 3
    assert result.p_value == pytest.approx(ttest_1samp(values.mean(axis=1), 0).pvalue)


def test_means_of_seeds_that_are_the_same_by_chance_show_nothing():
    values = np.zeros((2, 20))
    values[0, 3] = values[1, 7] = 1.0  # one success in each seed
    tied = estimate(values)
    assert tied.p_value > 0.3
    assert tied.low < 0 < tied.high
    rng = np.random.default_rng(0)
    drawn = (rng.integers(0, 2, (4_000, 2, 20)) - rng.integers(0, 2, (4_000, 2, 20))).astype(float)
    assert np.mean([estimate(each).p_value < 0.001 for each in drawn]) < 0.005


def test_two_seeds_decide_almost_nothing():
    result = estimate(np.array([[1.0] * 5, [1.1] * 5]))
    assert result.low < 0.5 < 1.6 < result.high


def test_with_one_seed_the_interval_is_over_its_tasks():
    values = np.random.default_rng(0).normal(size=(1, 400))
    result = estimate(values)
    assert (result.n_seeds, result.df) == (1, pytest.approx(399))
    assert result.half_width == pytest.approx(t(399).ppf(0.975) * values.std(ddof=1) / 20)
    again = estimate(np.repeat(values, 3, axis=1), np.repeat(np.arange(400), 3)[None])  # no more tasks than before
    assert (again.df, again.half_width) == pytest.approx((399, result.half_width))
    assert np.isnan(estimate(np.ones((1, 1))).low)


def test_tasks_that_all_seeds_share_are_crossed_with_them():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(5, 1)) + 2 * rng.normal(size=9) + rng.normal(size=(5, 9))
    identity = np.tile(np.arange(9), (5, 1))
    centered = values - values.mean(axis=0) - values.mean(axis=1)[:, None] + values.mean()
    of_seeds = 9 * values.mean(axis=1).var(ddof=1)
    of_tasks = 5 * values.mean(axis=0).var(ddof=1)
    rest = (centered**2).sum() / 32
    both = of_seeds + of_tasks - rest  # the balanced analysis of variance
    df = both**2 / (of_seeds**2 / 4 + of_tasks**2 / 8 + rest**2 / 32)
    result = estimate(values, identity)
    assert (result.df, result.half_width) == pytest.approx((df, t(df).ppf(0.975) * np.sqrt(both / 45)))
    assert result.n_shared == 9
    order = np.stack([rng.permutation(9) for _ in range(5)])  # each seed lists the tasks in its own order
    assert estimate(np.take_along_axis(values, order, 1), order).half_width == pytest.approx(result.half_width)


def test_tasks_of_their_own_in_each_seed_leave_students_t():
    values = np.random.default_rng(2).normal(size=(4, 6))
    assert estimate(values, np.arange(24).reshape(4, 6)) == estimate(values)


def test_what_two_tasks_make_in_every_seed_is_not_clear():
    identity = np.stack([np.roll(np.arange(19), seed) for seed in range(3)])
    values = np.where(np.isin(identity, (4, 7)), 5.0, -0.01) + 0.001 * np.arange(3)[:, None]
    assert estimate(values).low > 0  # as if it were six of 57 tasks
    found = estimate(values, identity)
    assert found.low < 0 < found.mean


def test_tasks_that_come_again_in_a_seed_are_no_further_tasks():
    of_task = np.random.default_rng(3).normal(1.0, 0.5, 9)
    identity = np.tile(np.arange(18) % 9, (3, 1))
    once = estimate(of_task[identity[:, :9]], identity[:, :9])
    assert estimate(of_task[identity], identity).half_width == pytest.approx(once.half_width)


def test_a_ratio_has_the_interval_of_its_first_order():
    rng = np.random.default_rng(4)
    below = 4 + 0.1 * rng.normal(size=(10, 20))
    found = ratio([0.5 * below], [below])
    assert (found.mean, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))
    above = 2 + 0.1 * rng.normal(size=(10, 20))
    logs = np.log(above.mean(axis=1)) - np.log(below.mean(axis=1))  # the same to first order
    expected = 0.5 * t(9).ppf(0.975) * logs.std(ddof=1) / np.sqrt(10)
    assert ratio([above], [below]).half_width == pytest.approx(expected, rel=0.02)
    assert np.isnan(ratio([below], [np.zeros_like(below)]).mean)


def test_holm_judges_the_smallest_p_value_by_the_number_of_differences():
    def with_p(p):
        return Estimate(t(9).isf(p / 2), *(t(9).isf(p / 2) + np.array([-1, 1]) * t(9).ppf(0.975)), 10, 20, df=9)

    family = [with_p(p) for p in (0.04, 0.012, 0.030, 0.8)]
    assert family[1].p_value == pytest.approx(0.012)
    assert clear_of_zero(family) == [False, True, False, False]  # 0.012 × 4, then 0.03 × 3
    assert clear_of_zero(family[:1]) == [True]
    lost = Estimate(np.nan, np.nan, np.nan, 10, 20, 3, 1)
    assert clear_of_zero([lost, family[0]]) == [False, True]
    assert clear_of_zero([estimate(np.zeros((3, 4))), estimate(np.ones((3, 4)))]) == [False, True]


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


def test_a_difference_knows_which_tasks_are_the_same():
    values = np.random.default_rng(5).normal(size=(3, 4, 1))
    identity = np.tile(np.arange(4), (3, 1))
    left = scores(values)._replace(identity=identity)
    result = paired(left, 0, scores(values * 0.5), 0)
    assert result == estimate(0.5 * values[..., 0], identity)
    assert result.n_shared == 4


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
