import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.task_info import TaskInfo
from hypermaml._core.trees import NonTrainable
from hypermaml.embed.combined import Dropped, Joined
from hypermaml.embed.mode import Table, TrueMode
from hypermaml.embed.rollout import RolloutEncoder
from hypermaml.embed.set_encoder import DeepSets
from hypermaml.embed.simple import NoEmbedding, Uninformative
from hypermaml.embed.standardized import Standardized, given_descriptor
from hypermaml.embed.text import Projected
from hypermaml.nn.mlp import MLP

KEY = jax.random.key(0)
GIVEN = Standardized(given_descriptor, NonTrainable(jnp.zeros(4)), NonTrainable(jnp.ones(4)))


def task_info(**more):
    return TaskInfo(jnp.asarray([1.0, -2.0, 3.0, 4.0]), jnp.zeros(0), **more)


def of_set():
    return DeepSets(lambda batch: batch, MLP((2, 4), key=KEY), width=4, size=3, key=KEY)


def test_embeddings_stand_side_by_side():
    embed = Joined((GIVEN, of_set(), Uninformative(2)))
    seen = task_info(support=jnp.ones((5, 2)))
    np.testing.assert_array_equal(embed(seen), [1, -2, 3, 4, *of_set()(seen), 1, 1])
    assert (embed.reads_support, embed.draw_noise(seen, key=KEY), embed.explores) == (True, None, 0)
    explorer = RolloutEncoder(2, 1, trajectories=3, width=4, size=2, key=KEY)
    both = Joined((GIVEN, explorer))
    assert (both.reads_support, both.explores) == (False, 3)
    np.testing.assert_array_equal(both.blank(task_info()), [1, -2, 3, 4, 0, 0])  # explores with what is known


def test_entries_are_dropped_in_training_alone():
    embed = Dropped(GIVEN, 0.25)
    np.testing.assert_array_equal(embed(task_info()), [1, -2, 3, 4])
    noise = jax.vmap(lambda key: embed.draw_noise(task_info(), key=key))(jax.random.split(KEY, 4000))
    drawn = jax.vmap(lambda noise: embed(task_info(noise=noise)))(noise)
    assert set(np.unique(drawn)) == {0, 1, -2, 3, 4}
    np.testing.assert_allclose(np.mean(np.asarray(drawn) == 0, axis=0), 0.25, atol=0.03)
    for share in (-0.1, 1.0, 2.0):
        with pytest.raises(ValueError, match=f"embedding_dropout is {share}, but it must be at least 0 and below 1"):
            Dropped(NoEmbedding(), share)


def test_each_of_several_embedders_gets_its_own_noise():
    embed = Joined((GIVEN, Dropped(GIVEN, 0.5)))
    noise = embed.draw_noise(task_info(), key=KEY)
    alone = Dropped(GIVEN, 0.5)
    expected = alone(task_info(noise=alone.draw_noise(task_info(), key=KEY)))
    np.testing.assert_array_equal(embed(task_info(noise=noise)), [1, -2, 3, 4, *expected])
    np.testing.assert_array_equal(embed(task_info()), [1, -2, 3, 4, 1, -2, 3, 4])


def test_a_table_has_a_row_for_each_mode():
    embed = Table(3, 2, key=KEY)
    np.testing.assert_array_equal(embed(task_info(mode=jnp.asarray(2))), embed.rows[2])
    np.testing.assert_array_equal(TrueMode(3)(task_info(mode=jnp.asarray(2))), [0, 0, 1])


def test_a_text_is_projected():
    embed = Projected(GIVEN, size=2, key=KEY)
    np.testing.assert_allclose(
        embed(task_info()), embed.layer.weight @ np.asarray([1.0, -2, 3, 4]) + embed.layer.bias, rtol=1e-5
    )
