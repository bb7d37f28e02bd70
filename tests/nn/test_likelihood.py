import jax
import jax.numpy as jnp
import numpy as np

from hypermaml.nn.likelihood import Categorical, Gaussian

KEY = jax.random.key(0)


def test_labels_are_drawn_from_the_distribution():
    output = jnp.asarray([0.5, -1.0, 2.0])
    keys = jax.random.split(KEY, 20_000)
    drawn = jax.vmap(lambda key: Categorical().sample(output, key=key))(keys)
    np.testing.assert_allclose(np.bincount(drawn) / 20_000, jax.nn.softmax(output), atol=0.01)
    drawn = jax.vmap(lambda key: Gaussian().sample(output, key=key))(keys)
    np.testing.assert_allclose(drawn.mean(0), output, atol=0.03)
    np.testing.assert_allclose(drawn.std(0), 1, atol=0.03)


def test_log_probabilities_by_hand():
    output = jnp.asarray([0.5, -1.0, 2.0])
    np.testing.assert_allclose(
        Categorical().log_prob(output, jnp.asarray(2)), np.log(jax.nn.softmax(output)[2]), rtol=1e-5
    )
    np.testing.assert_allclose(Gaussian().log_prob(output, jnp.asarray([1.5, -1.0, 0.0])), -0.5 * (1 + 4))


def test_a_regression_is_refitted_exactly(float64):
    features = jax.random.normal(KEY, (30, 4))
    weight, bias = jnp.asarray([[1.0, -2.0, 0.5, 3.0]]), jnp.asarray([0.7])
    found = Gaussian().refit(features, features @ weight.T + bias, outputs=1, decay=1e-12)
    np.testing.assert_allclose(found[0], weight, rtol=1e-8)
    np.testing.assert_allclose(found[1], bias, rtol=1e-8)
    column = Gaussian().refit(features, (features @ weight.T + bias)[:, 0], outputs=1, decay=1e-12)
    for one, other in zip(column, found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_refitted_classifier_has_nearly_no_gradient_left():
    features = jax.random.normal(KEY, (30, 4))
    labels = (features[:, 0] + features[:, 1] > 0).astype(int)

    def loss(layer):
        weight, bias = layer
        mean = -jnp.mean(jax.vmap(Categorical().log_prob)(features @ weight.T + bias, labels))
        return mean + 0.05 * (jnp.sum(weight**2) + jnp.sum(bias**2))

    layer = Categorical().refit(features, labels, outputs=2, decay=0.1)
    assert max(float(jnp.abs(leaf).max()) for leaf in jax.grad(loss)(layer)) < 2e-3
    assert float(jnp.mean(jnp.argmax(features @ layer[0].T + layer[1], axis=1) == labels)) > 0.9
