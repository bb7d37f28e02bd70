import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.rl.categorical import Categorical, CategoricalPolicy
from hypermaml.rl.policy import Gaussian

LOGITS = jnp.array([[0.3, -1.0, 2.0], [0.0, 0.5, 0.5]])


def test_an_action_has_the_probability_of_its_place():
    p = jax.nn.softmax(LOGITS)
    for place in range(3):
        action = jnp.broadcast_to(jax.nn.one_hot(place, 3), (2, 3))
        np.testing.assert_allclose(Categorical(LOGITS).log_prob(action), jnp.log(p[:, place]), rtol=1e-5)


def test_the_fisher_matrix_is_the_hessian_of_the_divergence():
    present, tangent = Categorical(LOGITS[0]), jnp.array([0.2, -0.4, 0.7])
    hessian = jax.hessian(lambda logits: present.divergence_to(Categorical(logits)))(LOGITS[0])
    np.testing.assert_allclose(present.fisher(Categorical(tangent)).logits, hessian @ tangent, atol=1e-6)
    assert float(present.divergence_to(present)) == pytest.approx(0, abs=1e-7)
    # A constant on all logits changes nothing.
    assert float(present.divergence_to(Categorical(LOGITS[0] + 3))) == pytest.approx(0, abs=1e-6)


def test_actions_on_the_host_are_drawn_with_their_probabilities():
    parameters = np.broadcast_to(np.asarray(LOGITS[0]), (1, 20_000, 3))
    noise = Categorical.host_noise(np.random.default_rng(0), (20_000, 3))
    drawn = Categorical.host_action(parameters, noise)
    np.testing.assert_allclose(drawn.mean(0), jax.nn.softmax(LOGITS[0]), atol=0.01)
    assert (drawn.sum(-1) == 1).all()
    np.testing.assert_array_equal(Categorical.host_action(parameters, None)[0], Categorical(LOGITS[0]).mode)


def test_actions_of_a_gaussian_on_the_host():
    mean, log_std = np.full((50_000, 1), 2.0, np.float32), np.full((50_000, 1), np.log(0.5), np.float32)
    noise = Gaussian.host_noise(np.random.default_rng(0), mean.shape)
    drawn = Gaussian.host_action(np.stack([mean, log_std]), noise)
    assert drawn.mean() == pytest.approx(2.0, abs=0.02)
    assert drawn.std() == pytest.approx(0.5, abs=0.02)
    np.testing.assert_array_equal(Gaussian.host_action(np.stack([mean, log_std]), None), mean)


def test_a_policy_gives_the_same_one_by_one_and_together():
    policy = CategoricalPolicy(4, 3, hidden=(8,), key=jax.random.key(0))
    seen = jax.random.normal(jax.random.key(1), (5, 4))
    np.testing.assert_allclose(policy.many(seen).logits, jax.vmap(policy)(seen).logits, rtol=1e-5)
    wide = CategoricalPolicy(6, 3, hidden=(8,), key=jax.random.key(0))
    joined = jnp.concatenate([seen[0], jnp.ones(2)])
    np.testing.assert_array_equal(wide.beside(seen[0], jnp.ones(2)).logits, wide(joined).logits)
