"""What every kind of generator has in common."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from hypermaml._core.trees import split_trainable
from hypermaml.init.chunked import ChunkedChange
from hypermaml.init.dense import DenseChange
from hypermaml.init.generator import Features, Generator
from hypermaml.init.low_rank import LowRankChange
from hypermaml.init.remedies import Averaged, Bounded, Gated
from hypermaml.nn.mlp import MLP

KEY = jax.random.key(1)


def learner():
    return MLP((2, 8, 6, 1), key=jax.random.key(0))


def averaged(learner, embedding, **sizes):
    return Averaged(tuple(DenseChange(learner, embedding, **(sizes | {"key": key})) for key in jax.random.split(KEY)))


def gated(learner, embedding, **sizes):
    return Gated(DenseChange(learner, embedding, **sizes), embedding)


def held(learner, embedding, **sizes):
    return Bounded(LowRankChange(learner, embedding, **sizes), 10.0)


KINDS = {
    "dense": DenseChange,
    "low_rank": LowRankChange,
    "chunked": ChunkedChange,
    "averaged": averaged,
    "gated": gated,
    "bounded": held,
}


def generator(kind, embedding=3, **sizes):
    return Generator(KINDS[kind](learner(), embedding, **({"width": 8, "key": KEY} | sizes)), learner())


def same(one, two):
    return all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_untrained_generator_gives_its_bias_to_the_bit(kind):
    generated = jax.vmap(generator(kind))(jax.random.normal(jax.random.key(2), (3, 3)))
    assert same(generated, jax.tree.map(lambda leaf: jnp.stack([leaf] * 3), learner()))


@pytest.mark.parametrize("kind", KINDS)
def test_the_heads_alone_are_what_is_zero_at_first(kind):
    heads = jax.tree.leaves(generator(kind).change.heads)
    assert heads
    assert not any(np.any(leaf) for leaf in heads if leaf.shape != ())


@pytest.mark.parametrize(("kind", "width"), [("dense", 32), ("dense", 320), ("low_rank", 32), ("chunked", 100)])
def test_a_step_of_adam_moves_each_generated_weight_by_at_most_twice_the_rate(kind, width):
    rate, optimizer = 1e-3, optax.adam(1e-3)
    generate = generator(kind, 2, width=width)
    embeddings = jax.random.normal(jax.random.key(2), (5, 2))
    pull = jax.tree.map(lambda leaf: jax.random.normal(jax.random.key(3), leaf.shape), learner())

    def loss(generate):
        generated = jax.vmap(generate)(embeddings)
        return sum(jnp.sum(a * b) for a, b in zip(jax.tree.leaves(generated), jax.tree.leaves(pull), strict=True))

    @jax.jit
    def step(generate, state):
        updates, state = optimizer.update(jax.grad(loss)(generate), state)
        moved = optax.apply_updates(generate, updates)
        before, after = (jax.vmap(at)(embeddings) for at in (generate, moved))
        distance = jax.tree.map(lambda a, b: jnp.abs(a - b).max(), before, after)
        return moved, state, jnp.stack(jax.tree.leaves(distance))

    state, untrained = optimizer.init(generate), generate
    for _ in range(20):
        generate, state, moved = step(generate, state)
        assert np.all(moved <= (2.3 if kind == "low_rank" else 2.05) * rate)  # factors move both at once
        assert np.all(moved >= 0.8 * rate)  # and it does move
    of_both = (jax.tree.leaves(split_trainable(at)[0]) for at in (untrained, generate))
    assert all(np.any(a != b) for a, b in zip(*of_both, strict=True))  # nothing of it is dead


def test_features_have_a_mean_square_of_one_whatever_the_scale():
    features = Features(3, width=64, depth=2, key=KEY)
    for scale in (1.0, 100.0):
        assert float(jnp.mean(features(scale * jnp.asarray([0.5, -1.0, 2.0])) ** 2)) == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize("kind", ["dense", "low_rank", "chunked"])
@pytest.mark.parametrize("name", ["embedding", "width", "depth", "rank", "chunk", "code"])
def test_sizes_below_one_are_refused(kind, name):
    if name in {"dense": ("rank", "chunk", "code"), "low_rank": ("chunk", "code"), "chunked": ("rank",)}[kind]:
        return
    sizes = {"embedding": 2, "width": 4, "depth": 1} | {name: 0}
    with pytest.raises(ValueError, match=f"the generator's {name} is 0: it must be at least 1"):
        generator(kind, sizes.pop("embedding"), **sizes)
