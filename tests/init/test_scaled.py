import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm
from hypermaml.families.sine import Sine

FAMILY, KEY = Sine(hidden=(4,), shots=3, queries=3), jax.random.key(0)


class Halved(hm.HyperMAML):
    """HyperMAML whose generated change is halved: a method of one function."""

    def initializer(self, family, *, key):
        return hm.init.Scaled(super().initializer(family, key=key), 0.5)


def trained(generator):
    """As if it were: the last layers are not zero."""
    return hm.init.Generator(jax.tree.map(lambda leaf: leaf + 0.1, generator.change), generator.bias)


def test_the_generated_change_is_multiplied_and_the_shared_start_is_not():
    whole = trained(hm.HyperMAML(generator=hm.Dense(width=5)).build(FAMILY, key=KEY).method.init)
    embedding = jnp.asarray([0.3, -1.0])
    full, half, none = (hm.init.Scaled(whole, factor)(embedding) for factor in (1.0, 0.5, 0.0))
    assert np.any(whole.change(embedding).head.weight)
    for a, b, c, d in zip(*map(jax.tree.leaves, (full, half, none, whole(embedding))), strict=True):
        np.testing.assert_array_equal(a, d)
        np.testing.assert_allclose(b, (a + c) / 2, rtol=1e-5, atol=1e-7)
    for leaf, bias in zip(jax.tree.leaves(none), jax.tree.leaves(whole.bias), strict=True):
        np.testing.assert_array_equal(leaf, bias)
    twice = hm.init.Scaled(hm.init.Scaled(whole, 0.5), 0.5)
    np.testing.assert_allclose(twice.change(embedding).head.weight, 0.25 * whole.change(embedding).head.weight)


def test_a_method_of_one_function_builds_and_its_heads_decay():
    system = Halved(outer=hm.Adam(head_decay=0.1)).build(FAMILY, key=KEY)
    assert isinstance(system.method.init, hm.init.Scaled)
    system.outer.init(system.method)
    assert jax.tree.leaves(system.method.init.heads)


def test_only_a_generator_can_be_scaled():
    constant = hm.MAML().build(FAMILY, key=KEY).method.init
    with pytest.raises(ValueError, match="the initializer is Constant, but it must be a generator"):
        hm.init.Scaled(constant, 0.5)
