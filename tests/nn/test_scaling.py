import jax
import numpy as np
import pytest

from hypermaml.nn.mlp import MLP
from hypermaml.nn.scaling import gives_raw, reads_raw


@pytest.mark.parametrize("sizes", [(2, 4, 1), (2, 1)])
def test_scales_are_part_of_the_weights(sizes):
    network = MLP(sizes, key=jax.random.key(0))
    x = np.asarray([[3.0, -200.0], [5.0, 100.0]], np.float32)
    mean, deviation = np.asarray([4.0, 10.0]), np.asarray([2.0, 150.0])
    wanted = 3.0 * np.stack([network(each) for each in (x - mean) / deviation]) + 7.0
    found = gives_raw(reads_raw(network, mean, deviation), 7.0, 3.0)
    np.testing.assert_allclose(np.stack([found(each) for each in x]), wanted, rtol=1e-5)
