import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.meta_loss import Metrics
from hypermaml._core.objective import Objective, at_each_step
from hypermaml._core.train import NonFinite, check_finite, start, train
from hypermaml.families.navigation import Navigation
from hypermaml.families.sine import Sine
from hypermaml.methods.maml import MAML


class HostSine(Sine):
    """Is called between jits, as a simulator is."""

    on_host = True

    def batches(self, learners, tasks, *, size, key):
        assert not isinstance(jax.tree.leaves(tasks)[0], jax.core.Tracer)
        return super().batches(learners, tasks, size=size, key=key)


FAMILY = Sine(hidden=(3,), shots=2, queries=2)
SYSTEM = MAML(outer_lr=0.01).build(FAMILY, key=jax.random.key(0))


def run(system=SYSTEM, *, key=1, **changed):
    how = {"iterations": 5, "meta_batch": 2, "chunk": 2} | changed
    return list(train(system, FAMILY, key=jax.random.key(key), **how))


@pytest.fixture(scope="module")
def whole():
    return run()


def test_chunks_end_at_their_multiples_and_the_last_is_shorter(whole):
    assert [int(state.iteration) for state, _ in whole] == [2, 4, 5]
    assert [metrics.loss.shape for _, metrics in whole] == [(2,), (2,), (1,)]
    assert whole[0][1].finite.shape == (2, 2, 2)


def test_going_on_from_a_yielded_state_is_the_undisturbed_run(whole):
    resumed = run(state=whole[0][0])
    assert [int(state.iteration) for state, _ in resumed] == [4, 5]
    assert eqx.tree_equal(resumed[-1][0], whole[-1][0])
    # From between two chunks it goes to the end of the chunk first.
    from_odd = run(state=run(iterations=3)[-1][0])
    assert [int(state.iteration) for state, _ in from_odd] == [4, 5]


def with_objective(objective):
    return eqx.tree_at(lambda system: system.objective, SYSTEM, objective)


def test_a_relative_objective_divides_each_loss_by_its_running_mean():
    plain, relative = with_objective(Objective((1.0, 1.0), 1)), with_objective(at_each_step(1))
    (state, metrics), *_ = run(relative, iterations=2)
    first, second = np.asarray(metrics.losses)
    np.testing.assert_allclose(metrics.loss[0], first.sum(), rtol=1e-5)  # nothing is known before the first
    np.testing.assert_allclose(metrics.loss[1], (second / first).sum(), rtol=1e-5)
    np.testing.assert_allclose(state.losses, (first + second) / 2, rtol=1e-5)
    (unscaled, told), *_ = run(plain, iterations=2)
    np.testing.assert_allclose(told.losses[0], first, rtol=1e-5)
    assert unscaled.losses is None
    assert not eqx.tree_equal(unscaled.method, state.method)


def test_losses_of_reinforcement_learning_count_as_they_are():
    family = Navigation(hidden=(3,), shots=2, queries=2)
    maml = MAML(outer_lr=0.01).build(family, key=jax.random.key(0))
    found = []
    for objective in (Objective((1.0, 1.0), 1), at_each_step(1)):
        system = eqx.tree_at(lambda system: system.objective, maml, objective)
        found += train(system, family, key=jax.random.key(1), iterations=2, meta_batch=2, chunk=2)
    (plain, _), (relative, metrics) = found
    for one, other in zip(jax.tree.leaves(plain.method), jax.tree.leaves(relative.method), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
    assert np.abs(metrics.losses).max() < 1  # of a standardized advantage


def test_a_family_on_the_host_trains_alike(whole):
    family = HostSine(hidden=(3,), shots=2, queries=2)
    chunks = list(train(SYSTEM, family, key=jax.random.key(1), iterations=5, meta_batch=2, chunk=2))
    for (state, metrics), (expected, losses) in zip(chunks, whole, strict=True):
        np.testing.assert_allclose(metrics.loss, losses.loss, rtol=1e-4)
        np.testing.assert_array_equal(metrics.finite, losses.finite)
        for one, other in zip(jax.tree.leaves(state), jax.tree.leaves(expected), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_a_finished_run_has_nothing_to_do(whole):
    assert run(state=whole[-1][0]) == []
    assert run(iterations=0) == []


def test_the_length_of_a_chunk_does_not_change_what_is_drawn(whole):
    losses = np.concatenate([metrics.loss for _, metrics in whole])
    np.testing.assert_allclose(np.concatenate([metrics.loss for _, metrics in run(chunk=5)]), losses, rtol=1e-4)


def test_every_iteration_draws_tasks_of_its_own():
    still = MAML(outer_lr=1e-30).build(FAMILY, key=jax.random.key(0))
    losses = [metrics.loss for key in (1, 2) for _, metrics in run(still, key=key)]
    assert len(np.unique(np.concatenate(losses))) == 10


def test_a_state_has_no_weak_types():
    assert not any(leaf.weak_type for leaf in jax.tree.leaves(start(SYSTEM)) if eqx.is_array(leaf))


@pytest.mark.parametrize("name", ["meta_batch", "chunk"])
def test_sizes_below_one_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} is 0: it must be at least 1"):
        run(**{name: 0})


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ((1, 2, 3), "meta-iteration 41, task 2: the outer loss or its step is not finite"),
        ((0, 1, 2), "meta-iteration 40, task 1: the inner loss or its gradient at step 2 is not finite"),
    ],
)
def test_the_first_number_that_is_not_finite_is_named(place, sentence):
    finite = jnp.ones((3, 4, 4), bool)
    check_finite(Metrics(jnp.zeros(3), finite), 40)
    with pytest.raises(NonFinite, match=f"^{sentence}; lower the inner or the outer rate, or clip the inner gradient$"):
        check_finite(Metrics(jnp.zeros(3), finite.at[place].set(False).at[2, 3, 0].set(False)), 40)


def test_an_update_that_is_not_finite_is_no_result():
    settings = MAML()
    object.__setattr__(settings, "outer_lr", 1e300)  # which the configuration itself refuses
    with pytest.raises(NonFinite, match=r"^meta-iteration 0: the outer update is not finite; lower the outer rate$"):
        run(settings.build(FAMILY, key=jax.random.key(0)), iterations=1)


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        (MAML(inner_lr=1e30), r"meta-iteration 0, task 0: the outer loss or its step"),
        (MAML(outer_lr=1e30), r"meta-iteration 1, task 0: the inner loss or its gradient at step 0"),
    ],
    ids=["inner", "outer"],
)
def test_training_that_diverges_stops_with_the_place(settings, place):
    with pytest.raises(NonFinite, match=f"^{place} is not finite"):
        run(settings.build(FAMILY, key=jax.random.key(0)))
