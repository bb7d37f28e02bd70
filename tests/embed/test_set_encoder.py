import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.task_info import TaskInfo
from hypermaml.embed.set_encoder import Attention, DeepSets
from hypermaml.families.regression import Examples, points
from hypermaml.nn.mlp import MLP

KEY = jax.random.key(0)


def encoder(kind, **sizes):
    return kind(points, MLP((2, 8), key=KEY), width=8, size=3, key=jax.random.key(1), **sizes)


def task_info(order):
    x, y = jnp.asarray([0.5, -2.0, 3.0, 1.0])[order], jnp.asarray([1.0, 0.3, -0.7, 2.0])[order]
    return TaskInfo(jnp.zeros(0), jnp.zeros(0), support=Examples(x, y))


@pytest.mark.parametrize("kind", [DeepSets, Attention])
def test_the_embedding_depends_on_the_examples_and_not_on_their_order(kind):
    embed, given = encoder(kind), jnp.arange(4)
    embedding = embed(task_info(given))
    assert embedding.shape == (3,)
    np.testing.assert_allclose(embed(task_info(given[::-1])), embedding, rtol=1e-5, atol=1e-6)
    changed = eqx.tree_at(lambda e: e.support.y, task_info(given), replace_fn=lambda y: y.at[2].add(1.0))
    assert np.abs(embed(changed) - embedding).max() > 1e-3
    assert embed(task_info(given[:2])).shape == (3,)
    assert kind.reads_support


def test_deep_sets_by_hand():
    embed, seen = encoder(DeepSets), task_info(jnp.arange(4))
    rows = np.stack([seen.support.x, seen.support.y], axis=1)
    mean = np.mean([embed.item(jnp.asarray(row)) for row in rows], axis=0)
    np.testing.assert_allclose(embed(seen), embed.last(jnp.maximum(mean, 0)), rtol=1e-5)


def test_every_array_of_an_encoder_matters():
    for kind in (DeepSets, Attention):
        gradient = eqx.filter_grad(lambda embed: jnp.sum(embed(task_info(jnp.arange(4))) ** 2))(encoder(kind))
        assert all(jnp.any(leaf) for leaf in jax.tree.leaves(gradient))


def test_a_width_that_the_heads_cannot_share_is_refused():
    with pytest.raises(ValueError, match="width is 8, but it must be a multiple of the 3 heads"):
        encoder(Attention, heads=3)
