"""What the intervals cover, and how often equal methods are told apart, in simulated comparisons with a fixed seed.

f is the share of the variance of a seed's mean that is the seed's own; the rest is of its tasks. With normal effects
coverage is that of Student's t: 95%. What is asserted leaves room for the error of the simulation, 0.5% to 1% with 800
to 2,000 runs.
"""

import numpy as np
import pytest
from scipy.special import stdtrit

from hypermaml.report.statistics import Estimate, clear_of_zero, estimate, ratio
from hypermaml.report.statistics.crossed import standard_error

NORMAL, LOGNORMAL = "normal", "lognormal"
SHARES = 0, 0.5, 0.8, 1


def drawn(rng, errors, *shape):
    """Draw independent effects of mean 0 and variance 1; those that are not normal have the skewness 1.75."""
    if errors == NORMAL:
        return rng.normal(size=shape)
    return (rng.lognormal(0, 0.5, shape) - np.exp(0.125)) / np.sqrt((np.exp(0.25) - 1) * np.exp(0.25))


def covered(values, identity=None):
    """Return the share of runs, along the first axis, whose interval holds zero, the true mean."""
    size, df, _ = standard_error(values, identity)
    means = values.mean(axis=(1, 2))
    assert estimate(values[0], identity).half_width == pytest.approx(stdtrit(df[0], 0.975) * size[0])
    return np.mean(np.abs(means) <= stdtrit(df, 0.975) * size)


def nested(rng, errors, runs, seeds, tasks, f):
    of_seed, of_task = np.sqrt(f), np.sqrt((1 - f) * tasks)
    return of_seed * drawn(rng, errors, runs, seeds, 1) + of_task * drawn(rng, errors, runs, seeds, tasks)


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_with_tasks_of_their_own_in_each_seed_95_of_100_intervals_hold_the_mean(seeds):
    rng = np.random.default_rng(seeds)
    for f in SHARES:
        for tasks, runs in ((20, 2000), (100, 800)):
            assert 0.93 <= covered(nested(rng, NORMAL, runs, seeds, tasks, f)) <= 0.97


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_with_skewed_errors_intervals_hold_the_mean_a_little_less_often(seeds):
    rng = np.random.default_rng(seeds)
    for f in SHARES:
        assert (0.93 if f == 0 else 0.9) <= covered(nested(rng, LOGNORMAL, 2000, seeds, 40, f)) <= 0.97


@pytest.mark.parametrize(
    ("seeds", "listed", "tasks", "lowest"),
    [(10, 9, 9, 0.93), (10, 9, 19, 0.93), (10, 41, 19, 0.93), (5, 19, 19, 0.93), (3, 9, 9, 0.92), (2, 9, 9, 0.87)],
)
def test_with_shared_tasks_intervals_hold_the_mean(seeds, listed, tasks, lowest):
    """Where the rest alone makes the variance, up to 99% do; two seeds are too few to tell the two effects apart."""
    rng = np.random.default_rng(0)
    for of_seed, of_task, highest in ((0.0, 0.0, 0.99), (0.0, 1.0, 0.975), (0.2, 1.0, 0.97), (0.7, 1.0, 0.97)):
        found = []
        for _ in range(4):
            rounds = -(-tasks // listed)
            order = [np.concatenate([rng.permutation(listed) for _ in range(rounds)])[:tasks] for _ in range(seeds)]
            identity, runs = np.stack(order), 500
            values = of_seed * rng.normal(size=(runs, seeds, 1)) + rng.normal(size=(runs, seeds, tasks))
            found.append(covered(values + of_task * rng.normal(size=(runs, listed))[:, identity], identity))
        assert lowest <= np.mean(found) <= highest


def test_shared_tasks_taken_for_new_ones_cover_far_less():
    rng = np.random.default_rng(1)
    assert covered(rng.normal(size=(1000, 1, 9)) + 0.5 * rng.normal(size=(1000, 10, 9))) < 0.6


def test_intervals_of_ratios_hold_the_ratio():
    rng, hits = np.random.default_rng(2), []
    for _ in range(800):
        best = 4 + 0.3 * rng.normal(size=(5, 1)) + rng.normal(size=(5, 40))
        gained = 0.5 * best + 0.2 * rng.normal(size=(5, 1)) + 0.5 * rng.normal(size=(5, 40))
        found = ratio([gained], [best])
        hits.append(found.low <= 0.5 <= found.high)
    assert 0.93 <= np.mean(hits) <= 0.97


def tables(values):
    """Return the differences of each table; runs, differences, seeds, tasks."""
    size, df, _ = standard_error(values)
    means, halves = values.mean(axis=(2, 3)), stdtrit(df, 0.975) * size
    seeds, tasks = values.shape[2:]
    return [
        [Estimate(m, m - h, m + h, seeds, tasks, df=seeds - 1) for m, h in zip(*row, strict=True)]
        for row in zip(means, halves, strict=True)
    ]


def test_equal_methods_are_told_apart_in_about_5_of_100_tables():
    """Ten independent differences; without correction in 40 of 100 tables."""
    rng = np.random.default_rng(3)
    found = tables(rng.normal(size=(1000, 10, 5, 1)) + rng.normal(size=(1000, 10, 5, 20)))
    assert 0.03 <= np.mean([any(clear_of_zero(table)) for table in found]) <= 0.07
    assert np.mean([any(each.p_value < 0.05 for each in table) for table in found]) > 0.3


def test_equal_methods_against_one_reference_are_told_apart_in_about_5_of_100_tables():
    """Differences from one reference rise and fall together, which makes Holm's correction a little too strict."""
    rng = np.random.default_rng(4)
    methods = rng.normal(size=(1500, 6, 5, 1)) + rng.normal(size=(1500, 6, 5, 20))
    told = np.mean([any(clear_of_zero(table)) for table in tables(methods[:, 1:] - methods[:, :1])])
    assert 0.03 <= told <= 0.07
