import jax
import jax.numpy as jnp
import numpy as np

from hypermaml.init.chunked import ChunkedChange
from hypermaml.nn.mlp import MLP

LEARNER = MLP((3, 7, 1), key=jax.random.key(0))  # 36 weights


def test_the_change_is_that_of_the_pieces_in_order(float64):
    change = ChunkedChange(LEARNER, 2, width=6, code=3, chunk=10, key=jax.random.key(1))
    change = jax.tree.map(lambda leaf: leaf + 0.1 * jnp.cos(jnp.arange(leaf.size)).reshape(leaf.shape), change)
    embedding = jnp.asarray([1.0, -2.0])
    rows = [change.features(jnp.concatenate([embedding, piece])) @ change.weight / 6 for piece in change.pieces]
    assert len(rows) == 4
    flat = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(change(embedding))])
    np.testing.assert_allclose(flat, np.concatenate(rows)[:36], rtol=1e-10)


def test_the_task_changes_different_pieces_differently():
    change = ChunkedChange(LEARNER, 2, width=6, code=3, chunk=10, key=jax.random.key(1))
    change = jax.tree.map(lambda leaf: leaf + 0.1 * jnp.cos(jnp.arange(leaf.size)).reshape(leaf.shape), change)
    one, other = (
        np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(change(jnp.asarray(e)))])[:30].reshape(3, 10)
        for e in ([1.0, -2.0], [-1.0, 0.5])
    )
    moved = one - other
    assert np.abs(moved - moved[0]).max() > 1e-3
