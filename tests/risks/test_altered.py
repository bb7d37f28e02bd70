import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.families.multimodal import Multimodal
from hypermaml.families.sine import Sine
from hypermaml.risks.altered import CONSTANT, PERMUTED, Corruption, altered
from hypermaml.risks.distance import beyond, by_distance, edges_of

KEY = jax.random.key(1)


def descriptors(corruption):
    family = Sine()
    tasks = family.sample(200, split="meta-test", key=KEY)
    seen = altered(family, corruption=corruption).task_infos(tasks, key=KEY)
    np.testing.assert_array_equal(seen.parameters, jnp.stack([tasks.amplitude, tasks.phase], axis=1))
    return np.asarray(seen.parameters), np.asarray(seen.description)


def test_a_permuted_description_is_that_of_the_task_before():
    given, told = descriptors(PERMUTED)
    np.testing.assert_array_equal(told, np.roll(given, 1, axis=0))


def test_a_constant_description_is_the_mean_of_meta_training():
    _, told = descriptors(CONSTANT)
    np.testing.assert_allclose(told, np.broadcast_to(told[0], told.shape))
    np.testing.assert_allclose(told[0], [2.55, np.pi / 2], atol=0.1)


def test_noise_is_in_deviations_and_dropping_a_share():
    given, told = descriptors(Corruption(noise=0.5))
    np.testing.assert_allclose(np.std(told - given, axis=0), 0.5 * np.array([4.9, np.pi]) / np.sqrt(12), rtol=0.15)
    given, told = descriptors(Corruption(dropped=0.25))
    assert 0.65 < np.mean(given == told) < 0.85


def test_limited_meta_training_tasks_are_so_many_and_differ_by_seed():
    def drawn(seed):
        tasks = altered(Sine(), limit=4, seed=seed).sample(100, split="meta-train", key=KEY)
        return set(np.asarray(tasks.amplitude).tolist())

    assert len(drawn(0)) == len(drawn(1)) == 4
    assert not drawn(0) & drawn(1)
    own = altered(Sine(), limit=4).limited_tasks(jnp.arange(4))
    assert set(np.asarray(own.amplitude).tolist()) == drawn(0)
    unlimited = altered(Sine()).sample(100, split="meta-train", key=KEY)
    assert len(set(np.asarray(unlimited.amplitude).tolist())) == 100


def test_descriptions_without_numbers_are_refused():
    with pytest.raises(ValueError, match="described by numbers, and Multimodal with this descriptor has none"):
        altered(Multimodal())


def test_a_distance_is_that_of_the_farthest_parameter_in_shares_of_its_range():
    region = np.array([[0.0, 0.0], [2.0, 10.0]])
    tasks = np.array([[1.0, 5.0], [3.0, 5.0], [-1.0, 11.0], [1.0, 12.5]])
    np.testing.assert_allclose(beyond(tasks, region), [0.0, 0.5, 0.5, 0.25])


def test_bins_are_of_equal_width_and_hold_the_first_tasks():
    distances = np.array([0.0, 0.1, 0.9, 0.4, 0.6, 1.0, 0.5])
    np.testing.assert_allclose(edges_of(distances, 2), [0.0, 0.5, 1.0])
    near, far = by_distance(distances, bins=2, count=3)
    assert near.tolist() == [1, 3, 6]
    assert far.tolist() == [2, 4, 5]
    with pytest.raises(ValueError, match=r"bins is 4, but one of so many has 1 .* take fewer bins"):
        by_distance(distances, bins=4, count=2)
