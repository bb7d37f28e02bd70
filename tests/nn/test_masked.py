"""Statistics of the entries that are there."""

import jax.numpy as jnp
import numpy as np

from hypermaml.nn.masked import masked_mean_and_deviation

VALUES = np.array([[[1.0, 3.0], [5.0, np.nan]], [[3.0, 7.0], [5.0, 5.0]]])


def test_absent_entries_count_for_nothing_and_what_does_not_vary_has_deviation_one():
    mask = np.isfinite(VALUES).astype(float)
    mean, deviation = masked_mean_and_deviation(jnp.asarray(VALUES), jnp.asarray(mask), axis=(0, 2))
    np.testing.assert_allclose(mean, [[[3.5], [5.0]]])
    np.testing.assert_allclose(deviation, [[[np.std([1.0, 3.0, 3.0, 7.0])], [1.0]]])


def test_a_mask_of_rows_holds_for_all_their_entries_and_nothing_gives_zero():
    rows = jnp.array([[2.0, 0.0], [4.0, 2.0], [9.0, 9.0]])
    mean, deviation = masked_mean_and_deviation(rows, jnp.array([1.0, 1.0, 0.0])[:, None], axis=(0,))
    np.testing.assert_allclose(mean, [[3.0, 1.0]])
    np.testing.assert_allclose(deviation, [[1.0, 1.0]])
    mean, deviation = masked_mean_and_deviation(rows, jnp.zeros((3, 1)), axis=(0,))
    np.testing.assert_array_equal(mean, [[0.0, 0.0]])
    np.testing.assert_array_equal(deviation, [[1.0, 1.0]])
