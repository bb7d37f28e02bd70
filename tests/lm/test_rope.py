import math
from dataclasses import replace

import jax.numpy as jnp
import numpy as np

from hypermaml.lm.architecture import Scaling
from hypermaml.lm.rope import frequencies, rotate


def test_frequencies_by_hand(shape):
    np.testing.assert_allclose(frequencies(shape), [1.0, 0.1])  # 100^0 and 100^(-2/4)


def test_linear_scaling_stretches_all(shape):
    np.testing.assert_allclose(frequencies(replace(shape, scaling=Scaling(4.0))), [0.25, 0.025])


def test_llama3_scaling_keeps_fast_turns_stretches_slow_ones_and_interpolates(shape):
    wide = replace(shape, head_size=6, rope_base=1000.0, scaling=Scaling(8.0, low=1.0, high=4.0, context=100))
    # Frequencies 1, 0.1 and 0.01: 15.9 turns of the context, 1.59, and 0.159.
    kept = (100 * 0.1 / (2 * math.pi) - 1) / 3
    np.testing.assert_allclose(frequencies(wide), [1.0, kept * 0.1 + (1 - kept) * 0.1 / 8, 0.01 / 8])


def test_rotation_by_hand():
    x = jnp.asarray([[[1.0, 2.0, 3.0, 4.0]]] * 2)
    angles = jnp.asarray([[0.0, 0.0], [math.pi / 2, math.pi]])
    turned = rotate(x, angles)
    np.testing.assert_allclose(turned[0, 0], [1, 2, 3, 4])
    np.testing.assert_allclose(turned[1, 0], [-3, -2, 1, -4], atol=1e-6)


def test_products_depend_on_the_distance_alone():
    q, k = jnp.asarray([1.0, -2.0, 0.5, 3.0]), jnp.asarray([0.3, 1.0, -1.0, 2.0])
    angles = jnp.arange(9.0)[:, None] * jnp.asarray([1.0, 0.1])
    turned_q, turned_k = (rotate(jnp.tile(x, (9, 1, 1)), angles)[:, 0] for x in (q, k))
    products = turned_q @ turned_k.T
    np.testing.assert_allclose(jnp.diagonal(products, 3), products[0, 3], rtol=1e-4)
    assert abs(products[0, 3] - products[0, 4]) > 0.1
