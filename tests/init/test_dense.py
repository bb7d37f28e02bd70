import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from hypermaml.init.dense import DenseChange
from hypermaml.init.generator import Generator
from hypermaml.nn.mlp import MLP

LEARNER = MLP((2, 4, 1), key=jax.random.key(0))


def test_generated_weights_by_hand(float64):
    learner = MLP((2, 4, 1), key=jax.random.key(0))
    generator = Generator(DenseChange(learner, 3, width=8, key=jax.random.key(1)), learner)
    generator = jax.tree.map(lambda leaf: leaf + 0.1 * jnp.cos(jnp.arange(leaf.size)).reshape(leaf.shape), generator)
    embedding, change = jnp.asarray([0.5, -1.0, 2.0]), generator.change
    first, last = change.features.hidden.layers
    hidden = np.maximum(last.weight @ np.maximum(first.weight @ embedding + first.bias, 0) + last.bias, 0)
    features = hidden / np.sqrt(np.mean(hidden**2) + 1e-6)
    generated = generator(embedding).layers[0].weight
    expected = generator.bias.layers[0].weight + np.einsum("woi,w->oi", change.weight.layers[0].weight, features) / 8
    np.testing.assert_allclose(generated, expected, rtol=1e-12)


def test_dead_features_give_no_change():
    change = DenseChange(LEARNER, 3, width=8, depth=1, key=jax.random.key(1))
    alive = eqx.tree_at(lambda c: c.weight, change, jax.tree.map(jnp.ones_like, change.weight))
    dead = eqx.tree_at(lambda c: c.features, alive, jax.tree.map(lambda leaf: leaf - 10, alive.features))
    embedding = jnp.full(3, 0.1)
    assert any(np.any(leaf) for leaf in jax.tree.leaves(alive(embedding)))
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(dead(embedding)))
