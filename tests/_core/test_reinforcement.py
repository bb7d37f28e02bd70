import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.trees import global_norm
from hypermaml.families.navigation import Navigation, Plane
from hypermaml.rl.estimators import DiCE

pytestmark = pytest.mark.usefixtures("float64")

FAMILY = Navigation(hidden=(4,), activation=jnp.tanh, environment=Plane(horizon=8))
GOAL = (0.05, 0.0)  # near, so that some trajectories end


@pytest.fixture(scope="module")
def drawn():
    with jax.enable_x64(True):
        learner = FAMILY.learner(key=jax.random.key(0))
        draw = jax.jit(lambda learner, goal, key: FAMILY.batch(learner, goal, size=200, key=key))
        return learner, draw(learner, jnp.asarray(GOAL), jax.random.key(1))


def moved(learner):
    return jax.tree.map(lambda leaf: leaf + 0.1, learner)


def test_a_batch_holds_what_the_losses_need(drawn):
    learner, batch = drawn
    grid = (200, 8)
    assert batch.observations.shape == batch.actions.shape == batch.behaviour.mean.shape == (*grid, 2)
    assert batch.log_prob.shape == batch.advantages.shape == batch.mask.shape == grid
    assert 0 < np.mean(batch.mask) < 1
    np.testing.assert_allclose(FAMILY.distribution(learner, batch).mean, batch.behaviour.mean, rtol=1e-12)
    np.testing.assert_allclose(FAMILY.distribution(learner, batch).log_prob(batch.actions), batch.log_prob, rtol=1e-12)


def test_advantages_are_standardized_over_the_steps_taken(drawn):
    _, batch = drawn
    taken = np.asarray(batch.advantages)[np.asarray(batch.mask) > 0]
    np.testing.assert_allclose([np.mean(taken), np.std(taken)], [0, 1], atol=1e-6)
    assert not np.any(np.asarray(batch.advantages)[np.asarray(batch.mask) == 0])


@pytest.mark.parametrize("family", [FAMILY, Navigation(hidden=(4,), estimator=DiCE(), environment=Plane(horizon=8))])
def test_the_inner_gradient_is_the_policy_gradient(drawn, family):
    learner, batch = drawn

    def surrogate(learner, batch):
        log_prob = FAMILY.distribution(learner, batch).log_prob(batch.actions)
        return -jnp.sum(log_prob * batch.advantages * batch.mask) / jnp.sum(batch.mask)

    got, expected = (jax.jit(jax.grad(loss))(learner, batch) for loss in (family.inner_loss, surrogate))
    difference = jax.tree.map(jnp.subtract, got, expected)
    assert float(global_norm(difference)) < 1e-12 * float(global_norm(expected))


def test_the_outer_loss_weighs_advantages_by_the_ratio(drawn):
    learner, batch = drawn
    taken = np.asarray(batch.mask) > 0
    mean = float(np.mean(np.asarray(batch.advantages)[taken]))
    assert float(FAMILY.outer_loss(learner, batch)) == pytest.approx(-mean, abs=1e-12)
    ratio = np.exp(FAMILY.distribution(moved(learner), batch).log_prob(batch.actions) - batch.log_prob)
    expected = -float(np.mean(np.asarray(ratio * batch.advantages)[taken]))
    assert float(FAMILY.outer_loss(moved(learner), batch)) == pytest.approx(expected, rel=1e-12)


def test_divergence_is_the_mean_over_the_steps_taken(drawn):
    learner, batch = drawn
    assert float(FAMILY.divergence(learner, batch)) == pytest.approx(0, abs=1e-14)
    there = FAMILY.distribution(moved(learner), batch)
    rows = np.asarray(batch.behaviour.divergence_to(there))[np.asarray(batch.mask) > 0]
    assert float(FAMILY.divergence(moved(learner), batch)) == pytest.approx(float(np.mean(rows)), rel=1e-12)


@pytest.mark.parametrize(("stride", "steps"), [(1, range(8)), (2, [1, 3, 5, 7]), (4, [2, 6]), (8, [4]), (50, [4])])
def test_thinned_batches_keep_every_nth_step(drawn, stride, steps):
    _, batch = drawn
    thin, steps = FAMILY.thinned(batch, stride), list(steps)
    np.testing.assert_array_equal(thin.log_prob, batch.log_prob[:, steps])
    np.testing.assert_array_equal(thin.behaviour.mean, batch.behaviour.mean[:, steps])
    stacked = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf])[None], batch)  # task and inner step before
    np.testing.assert_array_equal(FAMILY.thinned(stacked, stride).mask[0, 1], batch.mask[:, steps])


def test_environment_steps_and_context():
    assert FAMILY.environment_steps(20) == 160
    learner = FAMILY.learner(context=3, key=jax.random.key(0))
    assert learner.network.layers[0].weight.shape == (4, 5)
    assert learner.log_std.shape == (2,)
