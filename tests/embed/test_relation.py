import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.task_info import TaskInfo
from hypermaml.embed.relation import RelationEncoder
from hypermaml.nn.mlp import MLP

KEY = jax.random.key(0)
X = jnp.asarray([[0.5, 1.0], [-1.0, 0.2], [2.0, -0.3], [0.1, 0.4]])
LABELS = jnp.asarray([1, 0, 1, 0])


def rows(batch):
    return batch[0]


def labels(batch):
    return batch[1]


def encoder():
    return RelationEncoder(rows, labels, MLP((2, 4), key=KEY), classes=2, width=4, latent=3, row=5, key=KEY)


def seen(noise=None, order=slice(None)):
    return TaskInfo(jnp.zeros(0), jnp.zeros(0), support=(X[order], LABELS[order]), noise=noise)


def test_a_class_has_the_mean_over_its_examples_pairs_with_all():
    embed = encoder()
    code = embed(seen())
    features = [embed.item(x) for x in X]
    for label in (0, 1):
        pairs = [
            embed.relation(jnp.concatenate([features[i], other]))
            for i in np.flatnonzero(label == LABELS)
            for other in features
        ]
        expected = np.mean(pairs, axis=0)
        np.testing.assert_allclose(code.mean[label], expected[:3], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(code.std[label], np.maximum(np.exp(expected[3:]) - 1, 1e-10), rtol=1e-4, atol=1e-6)


def test_without_noise_the_code_is_the_mean_and_with_noise_it_is_drawn():
    embed = encoder()
    still = embed(seen())
    np.testing.assert_array_equal(still.value, still.mean)
    assert not still.noise.any()
    drawn = jax.vmap(lambda key: embed(seen(embed.draw_noise(seen(), key=key))))(jax.random.split(KEY, 4000))
    np.testing.assert_allclose(drawn.mean[0], still.mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(drawn.value.mean(0), still.mean, atol=0.1)
    np.testing.assert_allclose(drawn.value.std(0), still.std, rtol=0.05, atol=1e-6)
    assert drawn.noise.shape == (4000, 2, 5)
    assert abs(float(drawn.noise.std()) - 1) < 0.02
    row, entry = np.unravel_index(np.argmax(still.std), still.std.shape)
    assert float(still.std[row, entry]) > 1e-3
    assert abs(np.corrcoef(drawn.noise[:, 0, 0], drawn.value[:, row, entry])[0, 1]) < 0.06


def test_the_order_of_the_examples_does_not_matter():
    embed, order = encoder(), jnp.asarray([3, 1, 0, 2])
    np.testing.assert_allclose(embed(seen()).mean, embed(seen(order=order)).mean, rtol=1e-5, atol=1e-6)


def test_the_divergence_is_that_of_normal_distributions(float64):
    code = encoder()(seen())
    code = eqx.tree_at(lambda c: (c.mean, c.std), code, (jnp.asarray([[0.0, 1.0]]), jnp.asarray([[1.0, 0.5]])))
    # KL(N(1, ½²) ‖ N(0, 1)) = ln 2 + (¼ + 1) / 2 - ½; that of N(0, 1) is 0.
    assert float(code.divergence()) == pytest.approx((np.log(2) + 0.625 - 0.5) / 2)
