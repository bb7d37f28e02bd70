"""Which test tasks of different seeds are the same, in each kind of family."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np

from hypermaml.families.arrays import ArrayFamily
from hypermaml.families.glyphs import Glyphs, Ways
from hypermaml.families.locomotion import Locomotion
from hypermaml.families.navigation import Navigation
from hypermaml.families.power.sites import Site, Sites


def drawn(family, seed, count=6):
    return family.identities(family.sample(count, split="meta-test", key=jax.random.key(seed)))


def test_drawn_tasks_are_of_one_seed_and_the_same_again_with_it():
    one, other = drawn(Navigation(), 0), drawn(Navigation(), 1)
    assert one == drawn(Navigation(), 0)
    assert len({*one, *other}) == 12


def test_tasks_of_a_list_are_the_same_in_each_seed():
    x = np.arange(40.0).reshape(10, 4, 1)
    family = ArrayFamily(x, x, shots=2, splits={"meta-train": [0, 1], "meta-validation": [2], "meta-test": [3, 4, 5]})
    one, other = drawn(family, 0, count=7), drawn(family, 1, count=7)
    assert set(one) == set(other)
    assert len(set(one)) == 3


def test_two_directions_are_all_that_there_are():
    assert Locomotion.identities(SimpleNamespace(environment=SimpleNamespace(goal="direction")), jnp.ones(3)) == []


def test_classes_in_another_order_are_no_other_task():
    ways = Ways(jnp.array([[3, 1], [1, 3], [1, 3]]), jnp.array([[0, 2], [2, 0], [0, 2]]))
    one, other, rotated = Glyphs.identities(None, ways)
    assert one == other != rotated


def test_a_site_of_another_size_has_the_same_days():
    numbers = jnp.zeros(2)
    sites = Site(jnp.ones((2, 3), int), jnp.array([[1.0, 2.0], [3.0, 4.0]]), jnp.array([5, 5]), numbers, numbers, None)
    one, other = Sites.identities(None, sites)
    assert one == other


def test_keys_are_told_apart():
    family = Navigation()
    one, other = family.identities(jax.random.split(jax.random.key(0), 2))
    assert one != other
