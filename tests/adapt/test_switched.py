import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm


def loss(learner, batch):
    return jnp.sum((learner - batch) ** 2)


def unroll(rate):
    return hm.adapt.Unroll(hm.adapt.SGD(jnp.asarray(rate)))


BOTH = hm.adapt.Switched(unroll(0.1), unroll(0.4))


@pytest.mark.parametrize(("blur", "rate"), [(0.0, 0.1), (0.3, 0.4)])
def test_a_blurred_task_has_rates_of_its_own(blur, rate):
    start, embedding = jnp.asarray([1.0, 2.0]), jnp.asarray([5.0, blur])
    state, info = BOTH.step(BOTH.start(start, embedding), jnp.zeros(2), loss)
    alone = unroll(rate)
    expected, expected_info = alone.step(alone.init(start), jnp.zeros(2), loss)
    np.testing.assert_allclose(BOTH.learner(state), alone.learner(expected))
    np.testing.assert_allclose(info.loss, expected_info.loss)


def test_tasks_of_both_kinds_stand_in_one_batch():
    starts, embeddings = jnp.ones((2, 3)), jnp.asarray([[0.0], [0.7]])
    states, _ = jax.vmap(lambda s, e: BOTH.step(BOTH.start(s, e), jnp.zeros(3), loss))(starts, embeddings)
    learners = jax.vmap(BOTH.learner)(states)
    np.testing.assert_allclose(learners[:, 0], [1 - 0.2, 1 - 0.8], rtol=1e-6)


def test_each_kind_trains_its_own_rate_alone():
    def after(adapter, blur):
        state, _ = adapter.step(adapter.start(jnp.ones(2), jnp.asarray([blur])), jnp.zeros(2), loss)
        return jnp.sum(adapter.learner(state) ** 2)

    for blur, name, other in ((0.0, "clear", "blurred"), (0.5, "blurred", "clear")):
        gradient = jax.grad(after)(BOTH, blur)
        assert getattr(gradient, name).rule.rate != 0
        assert getattr(gradient, other).rule.rate == 0


def test_a_schedule_reaches_both():
    scheduled = BOTH.with_schedule(0.5, 1.0)
    assert [float(each.rule.later_rate()) for each in (scheduled.clear, scheduled.blurred)] == [0.5, 0.5]
    assert BOTH.clip == BOTH.clear.clip


def test_a_task_without_an_embedding_counts_as_clear():
    state = BOTH.init(jnp.ones(2))
    assert not state.blurred
