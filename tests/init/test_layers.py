import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import hypermaml as hm
from hypermaml._core.trees import split_trainable
from hypermaml.families.sine import Sine
from hypermaml.init.layers import LayerGenerator
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.nn.mlp import MLP

KEY = jax.random.key(0)
LEARNER = MLP((3, 40, 40, 1), key=KEY)


def test_the_weights_are_the_pieces_in_order():
    generate = LayerGenerator(LEARNER, 2, code=4, hidden=5, chunk=7, key=KEY)
    embedding = jnp.asarray([1.0, -2.0])
    task = jax.random.normal(KEY, (5, 2))
    generate = eqx.tree_at(lambda g: g.task, generate, task)
    flat = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(generate(embedding))])
    hidden = np.asarray(generate.pieces @ generate.first.T + task @ embedding)
    expected = (hidden @ np.asarray(generate.second).T + np.asarray(generate.bias)).reshape(-1)[: flat.size]
    np.testing.assert_allclose(flat, np.asarray(generate.scale()) * expected, rtol=1e-4, atol=1e-6)
    assert len(generate.pieces) == -(-flat.size // 7)


def test_at_first_every_task_starts_alike_and_each_leaf_has_its_ordinary_deviation():
    generate = LayerGenerator(LEARNER, 2, key=KEY)
    one, other = generate(jnp.asarray([1.0, 0.0])), generate(jnp.asarray([-3.0, 2.0]))
    for a, b, ordinary in zip(*map(jax.tree.leaves, (one, other, LEARNER)), strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.shape == ordinary.shape
        if a.size > 100:
            assert 0.7 < float(a.std() / ordinary.std()) < 1.4


def test_it_is_smaller_than_the_dense_generator():
    def parameters(generator):
        method = HyperMAML(generator=generator).build(Sine(), key=KEY).method
        return sum(leaf.size for leaf in jax.tree.leaves(split_trainable(method)[0]))

    assert parameters(hm.Layers()) < parameters(hm.Dense()) / 10
