"""The meta-gradient through the adapters of a language model, and into the generator of their factors."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.trees import NonTrainable
from hypermaml.adapt.rule import SGD
from hypermaml.adapt.unroll import Unroll
from hypermaml.init.generator import Generator
from hypermaml.lm.answers import answer_loss, cache_states, pack
from hypermaml.lm.lora import draw_lora
from hypermaml.lm.lora_generator import LoRAChange

TEXT = (1.0, -1.0, 2.0)


@pytest.fixture(scope="module")
def programs(shape, draw):
    """The outer loss of the generator after an inner step, its gradient, and its gradient by way of less memory."""
    with jax.enable_x64(True):
        decoder = draw(replace(shape, layers=2, qk_norm=True, biases=("q_proj", "v_proj")))[0].split_for(1)
        lora = draw_lora(decoder.architecture, layers=1, rank=2, key=jax.random.key(0))
        generator = Generator(LoRAChange(lora, 3, code=2, width=3, key=jax.random.key(2)), lora)
        support = pack([([5, 17, 200], [3, 99]), ([42], [8, 8, 1])], length=6, longest=3)
        query = pack([([5, 17, 7], [31, 2]), ([250, 9], [8, 3])], length=6, longest=3)
        unroll = Unroll(SGD(NonTrainable(0.5)))

        def outer_loss(generator, batches, remat):
            def loss(lora, batch):
                return answer_loss(decoder, lora, batch, remat=remat)

            state, _ = unroll.step(unroll.init(generator(jnp.asarray(TEXT))), batches[0], loss)
            return loss(unroll.learner(state), batches[1])

        kept = tuple(cache_states(decoder, batch) for batch in (support, query))
        yield (
            generator,
            jax.jit(lambda g: outer_loss(g, (support, query), False)),
            jax.jit(jax.grad(lambda g: outer_loss(g, (support, query), False))),
            jax.jit(jax.grad(lambda g: outer_loss(g, kept, True))),
        )


def noise(tree, seed):
    leaves, structure = jax.tree.flatten(tree)
    keys = jax.random.split(jax.random.key(seed), len(leaves))
    return structure.unflatten([jax.random.normal(key, leaf.shape) for key, leaf in zip(keys, leaves, strict=True)])


def moved(tree, step, direction):
    return jax.tree.map(lambda leaf, d: leaf + step * d, tree, direction)


def test_second_order_meta_gradient_against_finite_differences(float64, programs):
    untrained, value, gradient_of, _ = programs
    generator = moved(untrained, 0.3, noise(untrained, 0))
    gradient = gradient_of(generator)
    for seed in (1, 2, 3):
        direction = noise(generator, seed)
        slope = sum(jnp.vdot(g, d) for g, d in zip(*map(jax.tree.leaves, (gradient, direction)), strict=True))
        near, far = (
            value(moved(generator, step, direction)) - value(moved(generator, -step, direction))
            for step in (1e-4, 2e-4)
        )
        difference = (8 * near - far) / 12e-4
        assert abs(slope) > 1e-3
        assert abs(slope - difference) <= 1e-7 * abs(difference)


def test_layers_computed_again_and_states_kept_give_the_same_meta_gradient(float64, programs):
    untrained, _, plain, sparing = programs
    generator = moved(untrained, 0.3, noise(untrained, 0))
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12), plain(generator), sparing(generator)
    )


def test_the_gradient_reaches_heads_and_offset_at_first_and_then_all(float64, programs):
    untrained, _, gradient_of, _ = programs
    gradient = gradient_of(untrained)
    assert all(np.any(leaf) for leaf in jax.tree.leaves((gradient.change.heads, gradient.bias)))
    gradient = gradient_of(moved(untrained, 0.3, noise(untrained, 0)))
    assert all(np.any(leaf) for leaf in jax.tree.leaves(gradient))


def test_a_gradient_keeps_no_copy_of_the_frozen_weights(shape, draw):
    decoder = draw(replace(shape, layers=8, width=64, hidden=512))[0]
    lora = draw_lora(decoder.architecture, rank=1, key=jax.random.key(0))
    batch = pack([([5, 17], [3])], length=3, longest=1)
    compiled = jax.jit(jax.grad(lambda lora, decoder: answer_loss(decoder, lora, batch))).lower(lora, decoder).compile()
    weights = sum(leaf.nbytes for leaf in jax.tree.leaves(decoder.upper))
    assert compiled.memory_analysis().temp_size_in_bytes < 0.75 * weights
