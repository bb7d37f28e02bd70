import warnings

import jax
import jax.numpy as jnp
import pytest

import hypermaml as hm
from hypermaml._compare.doubts import DoubtfulGradient, Doubts
from hypermaml._core.meta_loss import Metrics
from hypermaml.families.sine import Sine

FAMILY = Sine(hidden=(3,), shots=2, queries=2)


def test_a_training_whose_inner_problems_are_not_solved_warns_once():
    # One step of one iteration cannot reach a minimum that hardly holds near the start.
    method = hm.IMAML(proximity=0.01, inner_steps=1, conjugate_gradient_iterations=1)
    with pytest.warns(
        DoubtfulGradient, match=r"^training: for \d+% of the tasks of meta-training the inner problem .*"
    ) as told:
        hm.train(method, FAMILY, iterations=3, meta_batch=2, steps=1)
    assert len(told) == 1


@pytest.mark.parametrize(("doubtful", "warned"), [(5, False), (6, True)])
def test_five_percent_of_the_tasks_is_tolerated(doubtful, warned):
    doubts, system = Doubts(), hm.IMAML().build(FAMILY, key=jax.random.key(0))
    for start in (0, 50):
        found = jnp.arange(start, start + 50).reshape(2, 25) < doubtful
        doubts.add(Metrics(jnp.zeros(2), jnp.ones((2, 25, 2), bool), found))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        doubts.warn("any/imaml/0", system.method)
    assert [str(each.message).partition(" ")[0] for each in told] == ["any/imaml/0:"] * warned


def test_methods_without_such_a_check_never_warn():
    doubts = Doubts()
    doubts.add(Metrics(jnp.zeros(2), jnp.ones((2, 25, 2), bool)))
    doubts.warn("any/maml/0", hm.MAML().build(FAMILY, key=jax.random.key(0)).method)
