import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import hypermaml as hm
from hypermaml._core.trees import NonTrainable, bounded, global_norm, split_trainable
from hypermaml.adapt.rule import SGD, ByStep, PositiveByStep

pytestmark = pytest.mark.usefixtures("float64")


def leaves():
    return {"a": jnp.asarray([1.0, 2.0]), "b": jnp.asarray(3.0)}


def gradient():
    return {"a": jnp.asarray([3.0, 0.0]), "b": jnp.asarray(4.0)}  # of norm 5


def moved(rule, index=0):
    after = rule(leaves(), gradient(), global_norm(gradient()), jnp.asarray(index))
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(after)])


def test_one_rate_for_all_leaves():
    np.testing.assert_allclose(moved(SGD(NonTrainable(0.1))), [0.7, 2.0, 2.6], rtol=1e-12)


def test_a_rate_for_each_leaf():
    np.testing.assert_allclose(
        moved(SGD({"a": NonTrainable(0.1), "b": NonTrainable(1.0)})), [0.7, 2.0, -1.0], rtol=1e-12
    )


def test_a_rate_for_each_entry():
    np.testing.assert_allclose(
        moved(SGD({"a": jnp.asarray([0.1, 5.0]), "b": jnp.asarray(-1.0)})), [0.7, 2.0, 7.0], rtol=1e-12
    )


def test_a_rate_for_each_step_and_the_last_one_beyond():
    rule = SGD({"a": ByStep(jnp.asarray([0.1, 0.2])), "b": ByStep(jnp.asarray([1.0, 0.5]))})
    np.testing.assert_allclose(moved(rule), [0.7, 2.0, -1.0], rtol=1e-12)
    for index in (1, 2, 7):
        np.testing.assert_allclose(moved(rule, index), [0.4, 2.0, 1.0], rtol=1e-12)
    assert len(jax.tree.leaves(split_trainable(rule)[0])) == 2


def test_a_positive_rate_is_trained_by_its_logarithm():
    rule = SGD({"a": PositiveByStep(jnp.log(jnp.asarray([0.1, 0.2]))), "b": ByStep(jnp.asarray([1.0]))})
    np.testing.assert_allclose(moved(rule), [0.7, 2.0, -1.0], rtol=1e-12)
    np.testing.assert_allclose(moved(rule, 7), [0.4, 2.0, -1.0], rtol=1e-12)
    start = hm.adapt.positive_rate_for_each_step(leaves(), 3, 0.05)
    assert [rate.values.shape for rate in start.values()] == [(3,), (3,)]
    np.testing.assert_allclose(start["a"].at(jnp.asarray(2)), 0.05, rtol=1e-12)


@pytest.mark.parametrize(("clip", "scale"), [(None, 1.0), (jnp.inf, 1.0), (6.0, 1.0), (5.0, 1.0), (1.0, 0.2)])
def test_clip_bounds_the_norm_over_all_leaves(clip, scale):
    expected = np.asarray([1.0, 2.0, 3.0]) - 0.1 * scale * np.asarray([3.0, 0.0, 4.0])
    np.testing.assert_allclose(moved(SGD(NonTrainable(0.1), clip=clip)), expected, rtol=1e-12)


def test_entries_are_clamped_before_the_norm_is_bounded():
    np.testing.assert_allclose(moved(SGD(NonTrainable(0.1), clamp=3.0)), [0.7, 2.0, 2.7], rtol=1e-12)
    both = moved(SGD(NonTrainable(0.1), clamp=3.0, clip=1.0))
    np.testing.assert_allclose(both, [1 - 0.1 / np.sqrt(2), 2.0, 3 - 0.1 / np.sqrt(2)], rtol=1e-12)
    assert hm.MMAML(inner_clamp=10.0).rule().clamp == 10.0


@pytest.mark.parametrize("clip", [None, jnp.inf])
def test_the_schedule_applies_from_the_second_step_on(clip):
    rule = SGD(NonTrainable(0.1), clip=clip, later_rate=0.5, later_clip=1.0)
    np.testing.assert_allclose(moved(rule, 0), [0.7, 2.0, 2.6], rtol=1e-12)
    for index in (1, 2):
        np.testing.assert_allclose(moved(rule, index), [0.97, 2.0, 2.96], rtol=1e-12)


def test_later_steps_have_the_first_ones_clip_by_default():
    np.testing.assert_allclose(
        moved(SGD(NonTrainable(0.1), clip=1.0), 1), moved(SGD(NonTrainable(0.1), clip=1.0), 0), rtol=1e-12
    )


@pytest.mark.parametrize("clip", [jnp.inf, 10.0, 1.0])
@pytest.mark.parametrize("norm", [0.0, 5.0])
def test_the_derivative_of_the_clip_is_finite(clip, norm):
    value, slope = jax.value_and_grad(bounded)(norm, jnp.asarray(clip))
    active = norm > clip
    assert float(value) == (clip / norm if active else 1.0)
    assert float(slope) == pytest.approx(-clip / norm**2 if active else 0.0)


def test_a_bare_rate_is_trained_and_a_fixed_one_is_not():
    assert not jax.tree.leaves(split_trainable(SGD(NonTrainable(0.1)))[0])
    learned = SGD({"a": jnp.asarray(0.1), "b": NonTrainable(0.2)})
    phi, rest = split_trainable(learned)
    assert jax.tree.leaves(phi) == [0.1]

    def loss(phi):
        return jnp.sum(ravel_pytree(eqx.combine(phi, rest)(leaves(), gradient(), 5.0, 0))[0])

    assert float(jax.grad(loss)(phi).rate["a"]) == pytest.approx(-3.0)
