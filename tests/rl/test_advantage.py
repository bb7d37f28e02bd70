import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.rl.advantage import decay_matrix, discounted_returns, generalized_advantages, standardize

REWARDS = jnp.array([[1.0, 2.0, 4.0], [8.0, -4.0, 1e9]])
MASK = jnp.array([[1, 1, 1], [1, 1, 0]])
VALUES = jnp.array([[2.0, 4.0, -2.0], [0.0, 2.0, 1e9]])


def test_decay_matrix():
    expected = [[1, 0.5, 0.25], [0, 1, 0.5], [0, 0, 1]]
    np.testing.assert_array_equal(decay_matrix(3, 0.5, jnp.float32), expected)
    np.testing.assert_array_equal(decay_matrix(3, 0.0, jnp.float32), np.eye(3))


@pytest.mark.parametrize(
    ("discount", "expected"),
    [(0.5, [[3, 4, 4], [6, -4, 0]]), (1.0, [[7, 6, 4], [4, -4, 0]]), (0.0, [[1, 2, 4], [8, -4, 0]])],
)
def test_discounted_returns_by_hand(discount, expected):
    np.testing.assert_array_equal(discounted_returns(REWARDS, MASK, discount=discount), expected)


@pytest.mark.parametrize(
    ("gae_lambda", "expected"),
    # delta: 1 + 2 - 2 = 1, 2 - 1 - 4 = -3, 4 + 2 = 6; 8 + 1 - 0 = 9, -4 - 2 = -6.
    [
        (0.0, [[1, -3, 6], [9, -6, 0]]),
        (0.5, [[1 - 0.375, -1.5, 6], [7.5, -6, 0]]),
        (1.0, [[1, 0, 6], [6, -6, 0]]),  # returns minus values
    ],
)
def test_generalized_advantages_by_hand(gae_lambda, expected):
    advantages = generalized_advantages(REWARDS, VALUES, MASK, discount=0.5, gae_lambda=gae_lambda)
    np.testing.assert_array_equal(advantages, expected)


@pytest.mark.usefixtures("float64")
def test_generalized_advantages_match_the_recursion_at_length():
    rng = np.random.default_rng(0)
    rewards, values = rng.normal(size=(2, 4, 200))
    mask = np.arange(200) < np.array([[200], [1], [57], [199]])
    expected = np.zeros((4, 200))
    for k in range(4):
        advantage = value = 0.0
        for t in reversed(range(mask[k].sum())):
            advantage = rewards[k, t] + 0.99 * value - values[k, t] + 0.99 * 0.95 * advantage
            expected[k, t], value = advantage, values[k, t]
    actual = generalized_advantages(rewards, values, mask, discount=0.99, gae_lambda=0.95)
    np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-12)


def test_masked_garbage_is_ignored():
    dirty = jnp.where(MASK, REWARDS, jnp.nan), jnp.where(MASK, VALUES, jnp.inf)
    clean = generalized_advantages(REWARDS, VALUES, MASK, discount=0.9, gae_lambda=0.9)
    np.testing.assert_array_equal(generalized_advantages(*dirty, MASK, discount=0.9, gae_lambda=0.9), clean)
    np.testing.assert_array_equal(standardize(dirty[0], MASK), standardize(REWARDS, MASK))


def test_standardize_by_hand():
    # Valid: 1, 2, 4, 8, -4; mean 2.2, variance 15.36.
    expected = (np.array([[1, 2, 4], [8, -4, 2.2]]) - 2.2) / np.sqrt(15.36)
    np.testing.assert_allclose(standardize(REWARDS, MASK), expected, rtol=1e-6)


@pytest.mark.parametrize("mask", [jnp.ones((7, 11)), jnp.zeros((7, 11)), jnp.ones((7, 11)).at[1:].set(0)])
def test_standardize_equal_advantages_to_zero(mask):
    np.testing.assert_allclose(standardize(jnp.full((7, 11), 3.1), mask), 0, atol=1e-3)
