import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from hypermaml.init.generator import Generator
from hypermaml.network import MLP


def learner():
    return MLP((2, 4, 1), key=jax.random.key(0))


def same(one, two):
    return all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True))


def test_untrained_generator_gives_its_bias_to_the_bit():
    generator = Generator(learner(), 3, width=8, key=jax.random.key(1))
    generated = jax.vmap(generator)(jax.random.normal(jax.random.key(2), (3, 3)))
    assert same(generated, jax.tree.map(lambda leaf: jnp.stack([leaf] * 3), learner()))


def test_generated_weights_by_hand(float64):
    generator = Generator(learner(), 3, width=8, key=jax.random.key(1))
    generator = jax.tree.map(lambda leaf: leaf + 0.1 * jnp.cos(jnp.arange(leaf.size)).reshape(leaf.shape), generator)
    embedding = jnp.asarray([0.5, -1.0, 2.0])
    first, last = generator.hidden.layers
    hidden = np.maximum(last.weight @ np.maximum(first.weight @ embedding + first.bias, 0) + last.bias, 0)
    features = hidden / np.sqrt(np.mean(hidden**2) + 1e-6)
    generated = generator(embedding).layers[0].weight
    expected = generator.bias.layers[0].weight + np.einsum("woi,w->oi", generator.weight.layers[0].weight, features) / 8
    np.testing.assert_allclose(generated, expected, rtol=1e-12)


def test_features_have_a_mean_square_of_one_whatever_the_scale():
    generator = Generator(learner(), 3, width=64, key=jax.random.key(1))
    for scale in (1.0, 100.0):
        features = generator.features(scale * jnp.asarray([0.5, -1.0, 2.0]))
        assert float(jnp.mean(features**2)) == pytest.approx(1.0, rel=1e-3)


def test_dead_features_give_the_bias():
    generator = Generator(learner(), 3, width=8, depth=1, key=jax.random.key(1))
    alive = eqx.tree_at(lambda g: g.weight, generator, jax.tree.map(jnp.ones_like, generator.weight))
    dead = eqx.tree_at(lambda g: g.hidden, alive, jax.tree.map(lambda leaf: leaf - 10, alive.hidden))
    embedding = jnp.full(3, 0.1)
    assert not same(alive(embedding), learner())
    assert same(dead(embedding), learner())


@pytest.mark.parametrize("width", [32, 100, 320])
def test_a_step_of_adam_moves_each_generated_weight_by_at_most_twice_the_rate(width):
    rate, optimizer = 1e-3, optax.adam(1e-3)
    generator = Generator(learner(), 2, width=width, key=jax.random.key(1))
    embeddings = jax.random.normal(jax.random.key(2), (5, 2))
    pull = jax.tree.map(lambda leaf: jax.random.normal(jax.random.key(3), leaf.shape), learner())

    def loss(generator):
        generated = jax.vmap(generator)(embeddings)
        return sum(jnp.sum(a * b) for a, b in zip(jax.tree.leaves(generated), jax.tree.leaves(pull), strict=True))

    @jax.jit
    def step(generator, state):
        updates, state = optimizer.update(jax.grad(loss)(generator), state)
        moved = optax.apply_updates(generator, updates)
        before, after = (jax.vmap(at)(embeddings) for at in (generator, moved))
        distance = jax.tree.map(lambda a, b: jnp.abs(a - b).max(), before, after)
        return moved, state, jnp.stack(jax.tree.leaves(distance))

    state = optimizer.init(generator)
    for _ in range(20):
        generator, state, moved = step(generator, state)
        assert np.all(moved <= 2.05 * rate)
        assert np.all(moved >= 0.9 * rate)  # and it does move


@pytest.mark.parametrize("name", ["embedding", "width", "depth"])
def test_sizes_below_one_are_refused(name):
    sizes = {"embedding": 2, "width": 4, "depth": 1} | {name: 0}
    with pytest.raises(ValueError, match=f"the generator's {name} is 0: it must be at least 1"):
        Generator(learner(), sizes.pop("embedding"), **sizes, key=jax.random.key(0))
