import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.train import start, train
from hypermaml._core.trees import split_trainable
from hypermaml.adapt.annealing import step_weights
from hypermaml.families.sine import Sine
from hypermaml.methods.maml_plus_plus import MAMLPlusPlus

FAMILY, KEY = Sine(hidden=(3,), shots=2, queries=3), jax.random.key(0)
OFF = {"multi_step_share": 0.0, "learned_rates": False, "first_order_share": 0.0, "cosine": False}


def test_the_weights_of_the_steps_start_alike_and_end_on_the_last():
    first, nearly, last = (np.asarray(step_weights(4, jnp.asarray(share))) for share in (0.0, 1 - 1e-6, 1.0))
    np.testing.assert_allclose(first, [0, 0.25, 0.25, 0.25, 0.25], rtol=1e-6)
    np.testing.assert_allclose(nearly, [0, 0.0075, 0.0075, 0.0075, 0.9775], rtol=1e-3)
    np.testing.assert_array_equal(last, [0, 0, 0, 0, 1])  # the phase is over
    assert np.asarray(step_weights(3, jnp.asarray(0.4))).sum() == pytest.approx(1)
    assert np.asarray(step_weights(1, jnp.asarray(0.4))) == pytest.approx([0, 1])


def at(settings, progress):
    system = settings.build(FAMILY, key=KEY)
    return system, system.schedule(system, jnp.asarray(progress))


def test_each_schedule_moves_its_own_part():
    settings = MAMLPlusPlus(outer_lr=0.01)
    for progress, order, factor in ((0.0, 0, 1.0), (0.29, 0, None), (0.3, 1, None), (0.5, 1, 0.505), (1.0, 1, 0.01)):
        system, now = at(settings, progress)
        assert float(now.method.adapt.adjoint.second_order()) == order
        if factor:
            assert float(now.outer.rate()) == pytest.approx(0.01 * factor, rel=1e-4)
        assert eqx.tree_equal(split_trainable(now.method)[0], split_trainable(system.method)[0])
    weights = np.asarray(at(settings, 0.075)[1].objective.weights)
    np.testing.assert_allclose(weights[1:-1], 0.2 * (1 - 0.5 * 0.97), rtol=1e-5)


def test_what_is_off_stays():
    system, now = at(MAMLPlusPlus(**OFF), 0.7)
    assert eqx.tree_equal(system, now)
    assert system.objective.weights == (0.0,) * 5 + (1.0,)


def test_training_follows_the_schedule_whatever_the_chunks():
    def end(chunk, iterations=6, **settings):
        system = MAMLPlusPlus(outer_lr=0.01, **settings).build(FAMILY, key=KEY)
        *_, (state, _) = train(system, FAMILY, iterations=iterations, meta_batch=2, chunk=chunk, key=KEY)
        return state.method

    usual = end(3)
    assert eqx.tree_equal(usual, end(2), rtol=1e-5, atol=1e-6)
    for off in OFF:
        assert not eqx.tree_equal(split_trainable(usual)[0], split_trainable(end(3, **{off: OFF[off]}))[0], rtol=1e-4)


def test_the_schedule_leaves_nothing_behind_in_the_state():
    system = MAMLPlusPlus().build(FAMILY, key=KEY)
    *_, (state, _) = train(system, FAMILY, iterations=2, meta_batch=2, chunk=1, key=KEY)
    assert eqx.tree_equal(split_trainable(state.method)[1], split_trainable(start(system).method)[1])
