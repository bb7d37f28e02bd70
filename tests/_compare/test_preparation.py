"""What is checked before training: draws of a family, and descriptions that a method reads."""

import warnings

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

import hypermaml as hm
from hypermaml._compare.preparation import check_before_training
from hypermaml.experiments.experiment import Budget

BUDGET = Budget(iterations=1, meta_batch=1, chunk=1, validation_tasks=1, test_tasks=1)


class Lines(hm.SampledFamily):
    """Lines through the origin, without a description."""

    shots: int = eqx.field(static=True, default=3)
    queries: int = eqx.field(static=True, default=3)

    def sample_task(self, key):
        return jax.random.normal(key, (1,))

    def sample_examples(self, task, n, key):
        x = jax.random.normal(key, (n, 1))
        return x, x * task


class Classes(Lines):
    """The number of a class goes from 1 to 3, and not from 0."""

    def sample_examples(self, task, n, key):
        return jax.random.normal(key, (n, 1)), 1 + jnp.arange(n) % 3


class Roots(Lines):
    """Roots of negative numbers."""

    def sample_examples(self, task, n, key):
        x = jax.random.normal(key, (n, 1))
        return x, jnp.sqrt(x)


def test_a_method_that_reads_descriptions_warns_where_there_are_none():
    sentence = "^HyperMAML reads descriptions of tasks, but Lines describes none, so that every task gets the same"
    with pytest.warns(hm.NoDescription, match=sentence):
        hm.train(hm.HyperMAML(), Lines(), iterations=1, meta_batch=2)
    with pytest.warns(hm.NoDescription, match="^HyperMAML and Conditioned read descriptions"):
        check_before_training([hm.HyperMAML(), hm.MAML(), hm.Conditioned(), hm.HyperMAML()], Lines(), BUDGET)


def test_there_is_no_warning_where_nothing_is_read_or_lacks_on_purpose():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_before_training([hm.MAML(), hm.HyperMAMLConstant()], Lines(), BUDGET)
        check_before_training([hm.HyperMAML()], Lines(), BUDGET, may_lack=True)
        check_before_training([hm.HyperMAML()], hm.families.Sine(), BUDGET)


def test_classes_out_of_range_stop_before_training():
    with pytest.raises(ValueError, match=r"sample_examples gave the class 3, but with classes=3 they go from 0 to 2$"):
        hm.train(hm.MAML(), Classes(classes=3), iterations=1)


def test_outputs_that_are_not_finite_stop_before_training():
    with pytest.raises(
        ValueError, match=r"^Roots: sample_examples gave an output that is not finite, but each number must be$"
    ):
        hm.train(hm.MAML(), Roots(), iterations=1)


def test_divergence_is_a_value_error():
    with pytest.raises(ValueError, match="is not finite; lower the inner or the outer rate") as caught:
        hm.train(hm.MAML(inner_lr=1e30), Lines(), iterations=1, meta_batch=2)
    assert type(caught.value) is hm.NonFinite
