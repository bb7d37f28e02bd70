import math

import numpy as np
import pytest

from hypermaml.task_embeddings.measures import (
    clustered_order,
    euclidean,
    neighbors,
    principal,
    rank_correlation,
    ranks,
    scaled,
)

LINE = np.asarray([0.0, 1.0, 1.5, 10.0, 11.0, 30.0])
DISTANCES = np.abs(LINE[:, None] - LINE)


def test_neighbors_by_hand():
    """Nearest are 1, 2, 1, 4, 3, 4; of the groups 0 0 1 1 1 0 that is right for tasks 0, 3 and 4."""
    found = neighbors(DISTANCES, np.asarray([0, 0, 1, 1, 1, 0]))
    assert found.share == pytest.approx(0.5)
    assert found.chance == pytest.approx(2 / 5)
    assert (found.tasks, found.groups) == (6, 2)
    z = 1.96
    spread = z * math.sqrt(0.25 / 6 + z**2 / (4 * 36)) / (1 + z**2 / 6)
    assert found.high - found.low == pytest.approx(2 * spread)
    assert (found.low + found.high) / 2 == pytest.approx(0.5)


def test_ranks_share_the_mean_of_equal_values():
    np.testing.assert_array_equal(ranks(np.asarray([5.0, 1.0, 5.0, 7.0])), [1.5, 0.0, 1.5, 3.0])


def test_a_monotone_function_of_the_distances_correlates_wholly_and_noise_hardly():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(25, 2))
    one = euclidean(points)
    same = rank_correlation(one, one**3)
    assert (same.value, same.low, same.high) == pytest.approx((1, 1, 1))
    other = rank_correlation(one, euclidean(rng.normal(size=(25, 2))))
    assert other.low < 0.1 < 0.5
    assert other.high > -0.1
    assert abs(other.value) < 0.3
    assert rank_correlation(one, np.zeros_like(one)) is None
    assert rank_correlation(one[:3, :3], one[:3, :3]) is None  # without one task a single pair is left


def test_scaling_gives_points_of_a_plane_back_and_tells_their_shares():
    points = np.random.default_rng(1).normal(size=(12, 2)) * [3.0, 1.0]
    found, shares = scaled(euclidean(points))
    np.testing.assert_allclose(euclidean(found), euclidean(points), rtol=1e-6, atol=1e-6)
    assert shares.sum() == pytest.approx(1)
    components, shares = principal(points)
    np.testing.assert_allclose(np.abs(components), np.abs(found), rtol=1e-5, atol=1e-6)
    assert shares[0] > shares[1]
    assert principal(points[:, :1])[0].shape == (12, 2)


def test_the_order_keeps_near_tasks_together():
    shuffled = np.asarray([3, 0, 5, 1, 4, 2])
    order = clustered_order(DISTANCES[np.ix_(shuffled, shuffled)])
    places = [int(place) for place in shuffled[order]]
    assert sorted(places) == list(range(6))
    near = [set(places[start:stop]) for start, stop in ((0, 3), (3, 6), (0, 2), (2, 4), (4, 6), (1, 3), (1, 4), (3, 5))]
    assert {3, 4} in near
    assert any(group == {0, 1, 2} for group in (set(places[i : i + 3]) for i in range(4)))
