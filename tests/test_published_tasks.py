"""The tasks of the benchmarks that stand beside published figures, and the published method on them."""

import importlib
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")


@pytest.fixture(scope="module", autouse=True)
def benchmarks():
    sys.path.insert(0, BENCHMARKS)
    yield
    sys.path.remove(BENCHMARKS)


def load(name):
    return importlib.import_module(name)


def test_linear_tasks_have_the_papers_centers_noise_and_side_information():
    drawing = load("conditional_tasks")
    tasks = drawing.draw_tasks("two-clusters-4", seed=0)
    assert tasks.x.shape == (480, 20, 20)
    assert set(np.unique(tasks.center)) == {0.0, 8.0}
    first = tasks.center[:, 0] == 8.0
    assert 0.4 < first.mean() < 0.6
    np.testing.assert_allclose(tasks.x[first].mean(), 1.0, atol=0.02)  # the inputs tell the cluster
    np.testing.assert_allclose(tasks.x[~first].mean(), -1.0, atol=0.02)
    np.testing.assert_allclose((tasks.y - tasks.clean).std(axis=1), tasks.clean.std(axis=1))
    np.testing.assert_allclose((tasks.weights - tasks.center).std(), 1.0, atol=0.03)
    np.testing.assert_array_equal(tasks.side, tasks.x[:, :10].mean(axis=1))
    np.testing.assert_array_equal(tasks.y, drawing.draw_tasks("two-clusters-4", seed=0).y)
    assert not np.allclose(tasks.y, drawing.draw_tasks("two-clusters-4", seed=1).y)


def test_the_circle_tells_the_center_and_an_unknown_setting_is_refused():
    drawing = load("conditional_tasks")
    tasks = drawing.draw_tasks("circle", seed=0)
    np.testing.assert_allclose(tasks.center[:, :2], 8.0 * tasks.side)
    np.testing.assert_allclose(np.linalg.norm(tasks.x - 1.0, axis=2), 1.0)
    with pytest.raises(ValueError, match="the setting is 'square', but it must be one of one-cluster"):
        drawing.draw_tasks("square", seed=0)


def test_the_published_method_gives_the_published_figures():
    drawing, published = load("conditional_tasks"), load("biased_regularization")
    tasks = drawing.draw_tasks("two-clusters-0", seed=0)
    unconditional = published.learned(tasks, conditional=False).mean()
    conditional = published.learned(tasks, conditional=True).mean()
    assert unconditional == pytest.approx(27.72, abs=3 * 0.84)
    assert conditional == pytest.approx(15.90, abs=3 * 0.40)


def test_a_strong_regularization_keeps_the_bias_and_the_true_center_is_hard_to_beat():
    drawing, published = load("conditional_tasks"), load("biased_regularization")
    references = load("linear_references")
    tasks = drawing.draw_tasks("two-clusters-0", seed=0)
    bias = np.ones((1, 20))
    _, weights = published.adapt(tasks.x[:1, :10], tasks.y[:1, :10], bias, np.array([1e9]))
    np.testing.assert_allclose(weights, bias, atol=1e-6)
    ceiling = references.ridge(tasks, tasks.center).mean()
    described = references.ridge(tasks, references.pooled(tasks, described=True)).mean()
    pooled = references.ridge(tasks, references.pooled(tasks, described=False)).mean()
    assert ceiling < described < pooled


def test_trajectories_keep_the_conserved_quantity_and_splits_share_no_environment():
    drawing = load("lotka_volterra")
    drawn = drawing.draw_trajectories(seed=0)
    splits = [set(pairs) for pairs in drawing.ENVIRONMENTS.values()]
    assert sum(map(len, splits)) == len(set.union(*splits)) == 18
    assert len(drawn.members["meta-train"]) == 9
    for environment in drawn.members["meta-test"]:
        beta, delta = drawn.parameters[environment]
        states = drawn.states[environment]
        assert states.shape == (33, 20, 2)
        prey, predator = states[..., 0], states[..., 1]
        kept = delta * prey - 0.5 * np.log(prey) + beta * predator - 0.5 * np.log(predator)
        assert np.abs(kept - kept[:, :1]).max() < 0.05  # the solver has the loose tolerances of the paper's program
    starts = np.concatenate(drawn.starts)
    assert starts.min() >= 1.0
    assert starts.max() <= 2.0
    np.testing.assert_array_equal(drawn.starts[0][0], drawn.starts[14][0])  # the trajectory to adapt to
    assert not (drawn.starts[14][1:, None] == drawn.starts[0]).any()  # those of the test are new


def test_environments_are_described_by_what_is_known():
    drawing = load("lotka_volterra")
    parameters = np.array([[0.5, 1.0], [0.75, 0.5]])
    np.testing.assert_array_equal(drawing.describe(parameters, "one", seed=0), [[0.5], [0.75]])
    noisy = drawing.describe(parameters, "noisy", seed=0)
    assert 0 < np.abs(noisy - parameters).max() < 0.5
    with pytest.raises(ValueError, match="known is 'all', but it must be one of both, one, noisy"):
        drawing.describe(parameters, "all", seed=0)


def test_the_neural_ode_agrees_with_diffrax():
    diffrax = pytest.importorskip("diffrax")
    ode = load("neural_ode")
    learner, start = ode.NeuralODE(2, key=jax.random.key(0)), jnp.array([1.5, 1.2])
    term = diffrax.ODETerm(lambda t, state, args: learner.network(state))
    exact = diffrax.diffeqsolve(
        term, diffrax.Dopri8(), 0.0, 2.0, 0.05, start, saveat=diffrax.SaveAt(ts=jnp.arange(5) * 0.5)
    ).ys
    np.testing.assert_allclose(ode.follow(learner, start, 5), exact, atol=1e-4)


def test_a_test_begins_with_the_given_support():
    fixed = load("fixed_support")
    x = np.arange(36.0).reshape(4, 9, 1)
    splits = {"meta-train": [0, 1], "meta-validation": [2], "meta-test": [3]}
    rows = [*x[:3], x[3, :7]]
    family = fixed.FixedSupport(rows, rows, shots=2, splits=splits)
    keys = jax.random.split(jax.random.key(0))
    support, query = family.test_set(jnp.asarray(3), support_key=keys[0], query_key=keys[1])
    np.testing.assert_array_equal(support.x[:, 0], [27.0, 28.0])
    np.testing.assert_array_equal(query.x[:5, 0], [29.0, 30.0, 31.0, 32.0, 33.0])
    np.testing.assert_array_equal(query.mask, [1, 1, 1, 1, 1, 0, 0])
