import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.adapter import inner_loop


def double(state, batch):
    return 2 * state + batch, -state


def sampled(index, state):
    return index + 0 * state + 1.0


@pytest.mark.parametrize("steps", [1, 2, 3, 5])  # up to two are unrolled, more are scanned
def test_states_batches_and_infos_of_each_step(steps):
    last, (path, batches, infos) = inner_loop(double, jnp.asarray(1.0), sampled, steps)
    states = [1.0]
    for index in range(steps):
        states.append(2 * states[-1] + index + 1)
    assert float(last) == states[-1]
    np.testing.assert_array_equal(path, states[1:])
    np.testing.assert_array_equal(batches, np.arange(steps) + 1)
    np.testing.assert_array_equal(infos, -np.asarray(states[:-1]))


def test_the_source_sees_the_state_before_the_step():
    _, (path, batches, _) = inner_loop(lambda s, b: (s + b, None), jnp.asarray(1.0), lambda _, state: 10 * state, 3)
    np.testing.assert_array_equal(batches, [10, 110, 1210])
    np.testing.assert_array_equal(path, [11, 121, 1331])


def test_no_steps_leave_the_state_and_no_path():
    state = jnp.asarray(1.0)
    last, path = inner_loop(double, state, sampled, 0)
    assert last is state
    assert path == (None, None, None)


def test_gradient_is_the_same_scanned_and_unrolled(float64):
    def loss(state, steps):
        last, _ = inner_loop(lambda s, b: (s - 0.1 * jnp.sin(s) * b, None), state, lambda i, _: i + 1.0, steps)
        return last**2

    def by_hand(state, steps):
        for index in range(steps):
            state = state - 0.1 * jnp.sin(state) * (index + 1)
        return state**2

    for steps in (2, 4):
        assert float(jax.grad(loss)(1.3, steps)) == pytest.approx(float(jax.grad(by_hand)(1.3, steps)), rel=1e-12)
