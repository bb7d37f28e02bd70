import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from hypermaml.rl.policy import Gaussian, GaussianPolicy

pytestmark = pytest.mark.usefixtures("float64")

MEAN, LOG_STD = np.asarray([[0.3, -1.0], [2.0, 0.0]]), np.asarray([[0.2, -0.7], [0.0, 1.0]])
OTHER_MEAN = MEAN + np.asarray([[0.5, -0.2], [0.0, 0.3]])
OTHER_LOG_STD = LOG_STD + np.asarray([[-0.3, 0.1], [0.4, 0.0]])


def gaussians():
    one, other = (MEAN, LOG_STD), (OTHER_MEAN, OTHER_LOG_STD)
    return [Gaussian(jnp.asarray(mean), jnp.asarray(log_std)) for mean, log_std in (one, other)]


def test_log_density():
    action = np.asarray([[0.0, -0.5], [1.0, 4.0]])
    expected = stats.norm(MEAN, np.exp(LOG_STD)).logpdf(action).sum(axis=-1)
    np.testing.assert_allclose(gaussians()[0].log_prob(jnp.asarray(action)), expected, rtol=1e-12)


def test_divergence_by_integration():
    one, other = gaussians()
    expected = np.zeros(2)
    for index in np.ndindex(2, 2):
        p = stats.norm(MEAN[index], np.exp(LOG_STD[index]))
        q = stats.norm(OTHER_MEAN[index], np.exp(OTHER_LOG_STD[index]))
        reach = 12 * p.std()
        expected[index[0]] += integrate.quad(
            lambda x, p=p, q=q: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), p.mean() - reach, p.mean() + reach
        )[0]
    np.testing.assert_allclose(one.divergence_to(other), expected, rtol=1e-8)
    np.testing.assert_allclose(one.divergence_to(one), 0, atol=1e-15)


def test_fisher_is_the_hessian_of_the_divergence_at_the_point():
    point, tangent = gaussians()[0], Gaussian(jnp.asarray(OTHER_MEAN), jnp.asarray(OTHER_LOG_STD))
    slope = jax.grad(lambda other: jnp.sum(point.divergence_to(other)))
    _, product = jax.jvp(slope, (point,), (tangent,))
    np.testing.assert_allclose(point.fisher(tangent).mean, product.mean, rtol=1e-12)
    np.testing.assert_allclose(point.fisher(tangent).log_std, product.log_std, rtol=1e-12)


def test_policy_starts_with_unit_deviation_for_every_observation():
    policy = GaussianPolicy(3, 2, hidden=(4,), key=jax.random.key(0))
    observations = jax.random.normal(jax.random.key(1), (5, 3))
    many, single = policy.many(observations), jax.vmap(policy)(observations)
    np.testing.assert_allclose(many.mean, single.mean, rtol=1e-12)
    np.testing.assert_array_equal(many.log_std, np.zeros((5, 2)))
    np.testing.assert_array_equal(single.log_std, np.zeros((5, 2)))
    np.testing.assert_allclose(single.mean[0], policy.network(observations[0]), rtol=1e-12)
