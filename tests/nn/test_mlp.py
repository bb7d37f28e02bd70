import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.nn.mlp import MLP


def test_forward_pass_by_hand(float64):
    net = MLP((2, 3, 1), key=jax.random.key(0))
    (first, last), x = net.layers, jnp.asarray([0.3, -0.7])
    hidden = np.maximum(np.asarray(first.weight) @ x + first.bias, 0)
    np.testing.assert_allclose(net(x), np.asarray(last.weight) @ hidden + last.bias, rtol=1e-12)


@pytest.mark.parametrize("sizes", [(3, 2), (2, 5, 4, 3)])
def test_many_inputs_at_once_are_the_single_ones(float64, sizes):
    net = MLP(sizes, activation=jnp.tanh, key=jax.random.key(0))
    x = jax.random.normal(jax.random.key(1), (7, sizes[0]))
    assert net.many(x).shape == (7, sizes[-1])
    np.testing.assert_allclose(net.many(x), jax.vmap(net)(x), rtol=1e-12)


def test_weights_are_uniform_within_the_inverse_root_of_the_fan_in():
    net = MLP((100, 400, 2), key=jax.random.key(0))
    for layer, fan_in in zip(net.layers, (100, 400), strict=True):
        bound = fan_in**-0.5
        for leaf in (layer.weight, layer.bias):
            assert np.abs(leaf).max() <= bound
        assert np.std(layer.weight) == pytest.approx(bound / 3**0.5, rel=0.1)
    assert not np.array_equal(net.layers[0].weight, MLP((100, 400, 2), key=jax.random.key(1)).layers[0].weight)


def test_every_leaf_is_an_array():
    assert all(eqx.is_inexact_array(leaf) for leaf in jax.tree.leaves(MLP((1, 2, 1), key=jax.random.key(0))))


@pytest.mark.parametrize("sizes", [(3,), (), (2, 0, 1)])
def test_impossible_sizes_are_refused(sizes):
    with pytest.raises(ValueError, match=r"the layer sizes are \(.*\): give an input and an output, each at least 1"):
        MLP(sizes, key=jax.random.key(0))
