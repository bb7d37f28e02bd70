import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize

from hypermaml._core.trees import NonTrainable
from hypermaml.init.weighting import KernelRegression, MeanMatching, nearest_mixture

pytestmark = pytest.mark.usefixtures("float64")


def by_scipy(gram, cross, spread):
    size = len(cross)

    def value(weights):
        return weights @ gram @ weights - 2 * weights @ cross + spread * weights @ weights

    found = scipy.optimize.minimize(
        value,
        np.full(size, 1 / size),
        jac=lambda weights: 2 * (gram @ weights - cross + spread * weights),
        bounds=[(0, 1)] * size,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1, "jac": lambda _: np.ones(size)},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 1000},
    )
    assert found.success
    return found.x, value


@pytest.mark.parametrize("spread", [1e-3, 0.1, 10.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_simplex_program_is_solved_as_scipy_solves_it(seed, spread):
    rng = np.random.default_rng(seed)
    signatures, target = rng.normal(size=(12, 6)), rng.normal(size=6)
    expected, value = by_scipy(signatures @ signatures.T, signatures @ target, spread)
    found = np.asarray(MeanMatching(NonTrainable(signatures), NonTrainable(spread), steps=3000)(jnp.asarray(target)))
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert value(found) <= value(expected) + 1e-9
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    assert (expected < 1e-6).any() or spread == 10.0, (
        "some weight should be at its bound, or the constraint is untested"
    )


def test_a_target_between_two_sources_weighs_them_alike_and_a_third_not():
    signatures = jnp.eye(3)
    weights = nearest_mixture(signatures, jnp.asarray([0.5, 0.5, 0.0]), jnp.asarray(1e-6), steps=5000)
    np.testing.assert_allclose(weights, [0.5, 0.5, 0], atol=1e-5)


def test_a_great_spread_weighs_all_sources_alike():
    weights = nearest_mixture(jnp.eye(4), jnp.asarray([1.0, 0.0, 0.0, 0.0]), jnp.asarray(1e6), steps=100)
    np.testing.assert_allclose(weights, 0.25, atol=1e-5)


def test_the_weights_of_tasml_by_hand():
    """Two sources at 0 and 1 on a line, the target at 0.25, w = 1, λ = 0.5: K = [[1, e⁻¹], [e⁻¹, 1]]."""
    near, far, apart = np.exp(-(0.25**2)), np.exp(-(0.75**2)), np.exp(-1)
    determinant = 1.5**2 - apart**2
    first, second = (1.5 * near - apart * far) / determinant, (1.5 * far - apart * near) / determinant
    weighting = KernelRegression(
        NonTrainable(jnp.asarray([[0.0], [1.0]])), NonTrainable(1.0), NonTrainable(0.5), kept=2
    )
    expected = np.array([first, second]) / (first + second)
    np.testing.assert_allclose(weighting(jnp.asarray([0.25])), expected, rtol=1e-12)


def test_tasml_keeps_the_greatest_weights_and_none_below_zero():
    signatures = NonTrainable(jnp.asarray([[0.0], [0.3], [5.0], [0.1]]))
    target = jnp.asarray([0.1])
    one = KernelRegression(signatures, NonTrainable(1.0), NonTrainable(1e-8), kept=1)(target)
    np.testing.assert_allclose(one, [0, 0, 0, 1], atol=1e-6)
    raw = KernelRegression(
        NonTrainable(jnp.asarray([[0.0], [0.3], [0.6]])), NonTrainable(1.0), NonTrainable(1e-8), kept=3
    )
    gram = raw.kernel(raw.signatures(), raw.signatures())
    assert (np.linalg.solve(gram, raw.kernel(jnp.asarray([[-0.5]]), raw.signatures())[0]) < 0).any()
    weights = raw(jnp.asarray([-0.5]))
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)


def test_a_target_far_from_every_source_still_has_finite_weights():
    weights = KernelRegression(
        NonTrainable(jnp.asarray([[0.0], [1.0]])), NonTrainable(50.0), NonTrainable(1e-8), kept=2
    )(jnp.asarray([100.0]))
    assert np.isfinite(weights).all()


def test_weights_of_many_targets_under_jit():
    signatures = jax.random.normal(jax.random.key(0), (5, 3))
    for weighting in (
        MeanMatching(NonTrainable(signatures), NonTrainable(0.1)),
        KernelRegression(NonTrainable(signatures), NonTrainable(1.0), NonTrainable(1e-6), kept=3),
    ):
        stacked = jax.jit(jax.vmap(weighting))(signatures)
        np.testing.assert_allclose(stacked[2], weighting(signatures[2]), rtol=1e-9, atol=1e-12)
        assert stacked[2].argmax() == 2
