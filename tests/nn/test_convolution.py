import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.nn.convolution import ConvNet, patches
from hypermaml.nn.mlp import each

KEY = jax.random.key(0)


def net(normalization="none", **sizes):
    return ConvNet(3, 4, normalization=normalization, depth=2, key=KEY, **sizes)


@pytest.mark.parametrize("size", [28, 7])
def test_a_layer_of_patches_is_a_convolution(size):
    x = jax.random.normal(KEY, (size, size, 2))
    weight = jax.random.normal(jax.random.key(1), (5, 18))
    kernel = weight.reshape(5, 3, 3, 2).transpose(1, 2, 3, 0)
    expected = jax.lax.conv_general_dilated(
        x[None], kernel, (2, 2), ((1, 1), (1, 1)), dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    found = patches(x) @ weight.T
    assert found.shape == ((size + 1) // 2, (size + 1) // 2, 5)
    np.testing.assert_allclose(found, expected[0, : found.shape[0], : found.shape[1]], rtol=1e-4, atol=1e-4)


def test_normalized_features_do_not_depend_on_scale_and_shift_of_the_weights():
    network, x = net("batch"), jax.random.uniform(KEY, (6, 28, 28, 1))
    scaled = eqx.tree_at(lambda n: n.layers[0].weight, network, 7 * network.layers[0].weight)
    np.testing.assert_allclose(each(scaled, x), each(network, x), rtol=1e-3, atol=1e-4)
    hidden = jax.vmap(lambda image: network.convolved(network.layers[0], image), axis_name="examples")(x)
    np.testing.assert_allclose(hidden.mean((0, 1, 2)), network.layers[0].bias, atol=1e-4)
    np.testing.assert_allclose(hidden.std((0, 1, 2)), 1, atol=1e-2)


def test_without_normalization_an_example_does_not_see_the_others():
    x = jax.random.uniform(KEY, (6, 28, 28, 1))
    np.testing.assert_allclose(each(net(), x)[2], net()(x[2]), rtol=1e-4, atol=1e-6)
    with_others, alone = each(net("batch"), x)[2], each(net("batch"), x[2:3])[0]
    assert np.abs(with_others - alone).max() > 1e-3


def test_films_scale_and_shift_each_feature():
    network, x = net(), jax.random.uniform(KEY, (28, 28, 1))
    assert network.widths == (3, 3)
    still = tuple((jnp.zeros(3), jnp.zeros(3)) for _ in range(2))
    np.testing.assert_array_equal(network(x, still), network(x))
    silent = ((jnp.zeros(3), jnp.zeros(3)), (-jnp.ones(3), jnp.asarray([1.0, 0.0, -2.0])))
    np.testing.assert_allclose(network.features(x, silent), [1, 0, 0], atol=1e-6)


def test_a_context_scales_and_shifts_the_features():
    network, x = net(context=2), jax.random.uniform(KEY, (28, 28, 1))
    np.testing.assert_allclose(network.beside(x, jnp.zeros(2)), network(x), rtol=1e-6)
    context = jnp.asarray([1.0, -1.0])
    films = tuple((film.weight[:3] @ context, film.weight[3:] @ context) for film in network.films)
    np.testing.assert_allclose(network.beside(x, context), network(x, films), rtol=1e-5)
    other = jax.random.uniform(jax.random.key(1), (28, 28, 1))
    moved = [network.beside(image, context) - network(image) for image in (x, other)]
    assert np.abs(moved[0] - moved[1]).max() > 1e-3, "a context must not move every image's output alike"


def test_augmented_by_nothing_a_layer_gives_what_it_gives():
    network, x = net(), jax.random.uniform(KEY, (28, 28, 1))
    nothing = jax.tree.map(jnp.zeros_like, network)
    np.testing.assert_allclose(network.augmented(nothing, x), network.features(x), rtol=1e-6)
