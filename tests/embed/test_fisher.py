"""The diagonal Fisher information against what it is for linear models, by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.embed.fisher import by_filter, diagonal_fisher
from hypermaml.nn.likelihood import Categorical, Gaussian
from hypermaml.nn.mlp import MLP

KEY = jax.random.key(0)
X = jnp.asarray([[1.0, -2.0, 0.5], [0.3, 1.0, -1.0], [2.0, 0.1, 0.7], [-0.4, 0.6, 1.5]])


def linear(outputs):
    return MLP((3, outputs), key=jax.random.key(3))


@pytest.mark.parametrize("batch_mean", [False, True])
def test_of_a_linear_regression_it_is_the_mean_square_of_each_input(batch_mean):
    """log p = -(y - w x)² / 2: the score of w_j is (y - w x) x_j, and y - w x is standard normal."""
    fisher = diagonal_fisher(linear(1), Gaussian(), X, samples=20_000, key=KEY, batch_mean=batch_mean)
    np.testing.assert_allclose(fisher.head.weight[0], np.mean(X**2, axis=0), rtol=0.04)
    np.testing.assert_allclose(fisher.head.bias, 1, rtol=0.04)


@pytest.mark.parametrize("batch_mean", [False, True])
def test_of_a_linear_classifier_it_is_the_variance_of_each_class_times_the_square_of_each_input(batch_mean):
    """The score of w_cj is (1[y = c] - p_c) x_j, whose mean square over y ~ p is p_c (1 - p_c) x_j²."""
    network = linear(3)
    fisher = diagonal_fisher(network, Categorical(), X, samples=20_000, key=KEY, batch_mean=batch_mean)
    p = np.asarray(jax.nn.softmax(jax.vmap(network)(X)))
    expected = np.einsum("kc,kj->cj", p * (1 - p), np.asarray(X) ** 2) / len(X)
    np.testing.assert_allclose(fisher.head.weight, expected, rtol=0.06)


def test_a_single_sample_averages_the_squares_and_not_the_gradients():
    """With y given by the key, both forms by hand: mean of squares, and square of the mean times the number."""
    network, key = linear(1), jax.random.split(KEY, 1)[0]
    drawn = [
        Gaussian().sample(network(x), key=each) - network(x)
        for x, each in zip(X, jax.random.split(key, len(X)), strict=True)
    ]
    scores = np.asarray([residual * x for residual, x in zip(drawn, X, strict=True)])
    each = diagonal_fisher(network, Gaussian(), X, samples=1, key=KEY).head.weight[0]
    np.testing.assert_allclose(each, np.mean(scores**2, axis=0), rtol=1e-4)
    mean = diagonal_fisher(network, Gaussian(), X, samples=1, key=KEY, batch_mean=True).head.weight[0]
    np.testing.assert_allclose(mean, len(X) * np.mean(scores, axis=0) ** 2, rtol=1e-4)


def test_a_filter_has_the_mean_of_its_weights():
    network = MLP((2, 3, 4, 1), key=KEY)
    expected = [np.mean(layer.weight, axis=1) for layer in network.layers[:2]]
    np.testing.assert_allclose(by_filter(network), np.concatenate(expected), rtol=1e-6)
