import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.families.description import describe

PARAMETERS = jnp.asarray([1.0, 2.0, 3.0])


def described(how, key=0):
    return np.asarray(
        describe(PARAMETERS, how, kept=(0, 2), noise=jnp.asarray([0.1, 1.0, 0.0]), key=jax.random.key(key))
    )


def test_full_partial_and_none():
    np.testing.assert_array_equal(described("full"), [1, 2, 3])
    np.testing.assert_array_equal(described("partial"), [1, 3])
    assert described("none").shape == (0,)


def test_noise_has_its_deviation_in_each_parameter():
    np.testing.assert_array_equal(described("noisy", 1), described("noisy", 1))
    noise = jnp.asarray([0.1, 1.0, 0.0])
    rows = jax.vmap(lambda key: describe(PARAMETERS, "noisy", kept=(0,), noise=noise, key=key))(
        jax.random.split(jax.random.key(0), 2000)
    )
    np.testing.assert_allclose(np.mean(rows, axis=0), PARAMETERS, atol=0.1)  # more than four standard errors
    np.testing.assert_allclose(np.std(rows, axis=0), noise, rtol=0.1, atol=1e-5)


def test_an_unknown_description_is_refused():
    with pytest.raises(ValueError, match="description is 'nosy', but it must be one of full, partial, noisy, none"):
        described("nosy")
