import jax
import jax.numpy as jnp
import numpy as np

from hypermaml.init.low_rank import Factors, LowRankChange, Whole
from hypermaml.nn.mlp import MLP

LEARNER = MLP((1, 12, 10, 1), key=jax.random.key(0))


def shaken(tree):
    leaves, structure = jax.tree.flatten(tree)
    keys = jax.random.split(jax.random.key(5), len(leaves))
    return structure.unflatten(
        leaf + 0.3 * jax.random.normal(k, leaf.shape) for k, leaf in zip(keys, leaves, strict=True)
    )


def test_only_a_matrix_that_has_more_entries_than_its_factors_is_factored():
    kinds = [type(part) for part in LowRankChange(LEARNER, 2, rank=2, key=jax.random.key(1)).leaves]
    assert kinds == [Whole, Whole, Factors, Whole, Whole, Whole]
    assert Factors not in map(type, LowRankChange(LEARNER, 2, rank=6, key=jax.random.key(1)).leaves)


def test_the_change_of_a_matrix_by_hand_and_its_rank(float64):
    change = shaken(LowRankChange(LEARNER, 2, width=5, rank=2, key=jax.random.key(1)))
    embedding, factors = jnp.asarray([0.5, -1.0]), change.leaves[2]
    features = np.asarray(change.features(embedding))
    left = factors.start + np.einsum("n,nor->or", features, factors.left) / 5
    left = left / np.sqrt(np.mean(left**2, axis=0) + 1e-6)
    right = np.einsum("n,nri->ri", features, factors.right) / 5
    generated = change(embedding).layers[1].weight
    np.testing.assert_allclose(generated, left @ right / 2, rtol=1e-10)
    assert np.linalg.matrix_rank(generated) == 2
    bias = change(embedding).layers[1].bias
    np.testing.assert_allclose(bias, features @ np.asarray(change.leaves[3].heads) / 5, rtol=1e-10)
