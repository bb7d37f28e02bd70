import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._core.collect import collect
from hypermaml.families.sine import Sine
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.methods.reptile import Reptile
from hypermaml.outer.reptile import difference

pytestmark = pytest.mark.usefixtures("float64")

FAMILY, RATE = Sine(hidden=(3,), shots=2, queries=3), 0.05
KEY = jax.random.key(0)


def data_of(system):
    tasks = FAMILY.sample(2, split="meta-train", key=KEY)
    return eqx.filter_jit(collect)(system.method, system.objective, FAMILY, tasks, key=KEY)


def descended(learner, data, task, steps):
    """Plain descent, written out: on the support, then once on the query."""
    support, query = (
        jax.tree.map(lambda leaf: leaf[task], data.task_info.support),
        jax.tree.map(lambda leaf: leaf[task], data.query[0]),
    )
    for batch in [support] * steps + [query]:
        gradient = jax.grad(FAMILY.inner_loss)(learner, batch)
        learner = jax.tree.map(lambda leaf, g: leaf - RATE * g, learner, gradient)
    return learner


@pytest.mark.parametrize("steps", [1, 3])
def test_the_direction_is_the_mean_way_back(steps):
    system = Reptile(inner_lr=RATE, inner_steps=steps).build(FAMILY, key=KEY)
    data = data_of(system)
    direction, metrics = eqx.filter_jit(difference)(system.method, system.objective, FAMILY, data)
    start = system.method.init.learner
    ends = [descended(start, data, task, steps) for task in range(2)]
    expected = jax.tree.map(lambda s, a, b: s - (a + b) / 2, start, *ends)
    for found, right in zip(jax.tree.leaves(direction.init.learner), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-12)
    assert metrics.finite.shape == (2, steps + 1)
    assert metrics.finite.all()


def test_before_a_generator_the_way_back_of_each_task_passes_through_it():
    system = HyperMAML.algorithm_2(inner_lr=RATE, generator=hm.Dense(width=4)).build(FAMILY, key=KEY)
    data = data_of(system)
    direction, _ = eqx.filter_jit(difference)(system.method, system.objective, FAMILY, data)
    plain = Reptile(inner_lr=RATE, inner_steps=1).build(FAMILY, key=KEY)
    expected, _ = eqx.filter_jit(difference)(plain.method, plain.objective, FAMILY, data)
    for found, right in zip(*map(jax.tree.leaves, (direction.init.bias, expected.init.learner)), strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-12)
    assert any(jnp.any(leaf) for leaf in jax.tree.leaves(direction.init.change.weight))
