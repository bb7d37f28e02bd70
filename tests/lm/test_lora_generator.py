import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.init.generator import Generator
from hypermaml.lm.architecture import Architecture
from hypermaml.lm.lora import draw_lora
from hypermaml.lm.lora_generator import LoRAChange

SHAPE = Architecture(50, 16, 3, 4, 2, 4, 24, 32, 1e-5, 1e4)
EMBEDDING = jnp.asarray([0.5, -1.0, 2.0])


def parts():
    lora = draw_lora(SHAPE, projections=("q_proj", "v_proj"), layers=2, rank=3, key=jax.random.key(0))
    return lora, LoRAChange(lora, 3, code=4, width=5, key=jax.random.key(1))


def same(one, two):
    return all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True))


def test_untrained_generator_gives_the_shared_initialization_to_the_bit():
    lora, change = parts()
    assert same(Generator(change, lora)(EMBEDDING), lora)


def test_generated_factors_by_hand(float64):
    _, generator = parts()
    generator = jax.tree.map(lambda leaf: leaf + 0.1 * jnp.cos(jnp.arange(leaf.size)).reshape(leaf.shape), generator)

    def rms(x):
        return x / np.sqrt(np.mean(np.square(x)) + 1e-6)

    def mlp(net, x):
        for layer in net.layers[:-1]:
            x = np.maximum(layer.weight @ x + layer.bias, 0)
        return net.layers[-1].weight @ x + net.layers[-1].bias

    text = rms(mlp(generator.text, EMBEDDING))
    mixed = mlp(generator.mix, np.concatenate([text, generator.layers[1], generator.projections["v_proj"]]))
    features = rms(mixed + mlp(generator.refine, rms(mixed)))
    expected = np.einsum("f,for->or", features, generator.weight["v_proj"].b) / 5
    np.testing.assert_allclose(generator(EMBEDDING).factors["v_proj"].b[1], expected, rtol=1e-10)


def test_texts_layers_and_projections_differ_once_the_heads_do():
    _, generator = parts()
    generator = eqx.tree_at(lambda g: g.weight, generator, jax.tree.map(jnp.ones_like, generator.heads))
    one, two = (generator(embedding).factors for embedding in (EMBEDDING, -EMBEDDING))
    assert not same(one, two)
    assert abs(one["q_proj"].a[0, 0, 0] - one["q_proj"].a[1, 0, 0]) > 1e-4
    assert abs(one["q_proj"].a[0, 0, 0] - one["v_proj"].a[0, 0, 0]) > 1e-4


@pytest.mark.parametrize("name", ["embedding", "code", "width"])
def test_sizes_below_one_are_refused(name):
    sizes = {"embedding": 3, "code": 4, "width": 5} | {name: 0}
    with pytest.raises(ValueError, match=f"the generator's {name} is 0: it must be at least 1"):
        LoRAChange(parts()[0], sizes.pop("embedding"), **sizes, key=jax.random.key(0))
