import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.lm.architecture import PROJECTIONS
from hypermaml.lm.lora import draw_lora

TOKENS = jnp.asarray([5, 17, 200, 3, 99])
run = eqx.filter_jit(lambda decoder, lora: decoder(TOKENS, lora))


def test_untrained_adapters_change_nothing_to_the_bit(decoder, shape):
    lora = draw_lora(shape, projections=PROJECTIONS, key=jax.random.key(0))
    np.testing.assert_array_equal(run(decoder, lora), run(decoder, None))
    assert all(np.any(factors.a) and not np.any(factors.b) for factors in lora.factors.values())


def test_adapters_equal_merged_weights(decoder, shape, fill):
    decoder = decoder.split_for(2)
    lora = fill(draw_lora(shape, projections=PROJECTIONS, layers=2, rank=2, alpha=6.0, key=jax.random.key(0)))
    weights = lambda d: [d.upper.projections[name].weight for name in PROJECTIONS]  # noqa: E731
    merged = [
        weight + 3 * jnp.einsum("lor,lri->loi", lora.factors[name].b, lora.factors[name].a)
        for name, weight in zip(PROJECTIONS, weights(decoder), strict=True)
    ]
    expected = run(eqx.tree_at(weights, decoder, merged), None)
    np.testing.assert_allclose(run(decoder, lora), expected, rtol=1e-4, atol=1e-4)
    assert np.abs(expected - run(decoder, None)).max() > 0.5


def test_the_range_of_the_first_factor_and_the_scale(shape):
    lora = draw_lora(shape, projections=("down_proj",), rank=50, key=jax.random.key(1))
    a = lora.factors["down_proj"].a
    assert a.shape == (3, 50, 24)
    assert 0.98 / 24**0.5 < np.abs(a).max() <= 1 / 24**0.5
    assert lora.scale == 2.0
    assert (lora.layers, lora.rank) == (3, 50)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"projections": ("q",)}, r"projections are \('q',\), but they must be some of q_proj"),
        ({"projections": ()}, "projections are"),
        ({"projections": ("q_proj", "q_proj")}, "projections are"),
        ({"layers": 4}, "layers is 4, but it must be from 1 to the decoder's 3"),
        ({"rank": 0}, "rank is 0, but it must be at least 1"),
    ],
)
def test_adapters_that_cannot_be_are_refused(shape, wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        draw_lora(shape, **wrong, key=jax.random.key(0))
