import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.families.sine import Curve, Sine
from hypermaml.nn.mlp import MLP

KEY = jax.random.key(0)


def zero(family):
    return jax.tree.map(jnp.zeros_like, family.learner(key=KEY))


def test_a_curve_by_hand():
    curve = Curve(jnp.asarray(2.0), jnp.asarray(0.5))
    np.testing.assert_allclose(curve(jnp.asarray([0.5, 0.5 + np.pi / 2])), [0, 2], atol=1e-6)


def test_splits_share_no_task_and_lie_in_their_regions():
    family = Sine()
    seen = {}
    for split in family.splits:
        tasks = family.sample(300, split=split, key=KEY)
        amplitude, phase = np.asarray(tasks.amplitude), np.asarray(tasks.phase)
        low, high = (5.0, 7.0) if split == "extrapolation" else (0.1, 5.0)
        assert amplitude.min() >= low
        assert amplitude.max() <= high
        assert amplitude.max() - amplitude.min() > 0.95 * (high - low)
        assert phase.min() >= 0
        assert phase.max() <= np.pi + 1e-6
        assert phase.max() - phase.min() > 0.95 * np.pi
        seen[split] = set(zip(amplitude.tolist(), phase.tolist(), strict=True))
        again = family.sample(300, split=split, key=KEY)
        np.testing.assert_array_equal(again.amplitude, amplitude)
    for one, other in itertools.combinations(family.splits, 2):
        assert not seen[one] & seen[other]
        assert not {row[1] for row in seen[one]} & {row[1] for row in seen[other]}


def test_examples_lie_on_the_curve_and_do_not_depend_on_the_learner():
    family, task = Sine(), Curve(jnp.asarray(3.0), jnp.asarray(1.0))
    batch = family.batch(None, task, size=500, key=KEY)
    assert batch.x.shape == (500,)
    assert np.abs(batch.x).max() <= 5
    assert np.abs(batch.x).max() > 4.9
    np.testing.assert_allclose(batch.y, 3 * np.sin(np.asarray(batch.x) - 1), rtol=1e-5, atol=1e-5)


def test_score_is_the_squared_error_on_the_grid():
    family, task = Sine(), Curve(jnp.asarray(3.0), jnp.asarray(1.0))
    grid = np.linspace(-5, 5, 100)
    _, query = family.test_set(task, support_key=KEY, query_key=KEY)
    ((name, value),) = family.score(zero(family), task, query).items()
    assert name == "mse"
    assert not family.higher_is_better
    assert float(value) == pytest.approx(np.mean((3 * np.sin(grid - 1)) ** 2), rel=1e-5)


def test_losses_are_the_mean_squared_error():
    family, task = Sine(), Curve(jnp.asarray(3.0), jnp.asarray(1.0))
    learner = family.learner(key=KEY)
    batch = family.batch(learner, task, size=6, key=KEY)
    predicted = np.asarray([learner(x[None])[0] for x in batch.x])
    expected = float(np.mean((predicted - batch.y) ** 2))
    assert float(family.inner_loss(learner, batch)) == pytest.approx(expected, rel=1e-5)
    assert float(family.outer_loss(learner, batch)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("how", "size"), [("full", 2), ("partial", 1), ("noisy", 2), ("none", 0)])
def test_descriptors(how, size):
    family = Sine(description=how)
    tasks = family.sample(4, split="meta-test", key=KEY)
    task_info = family.task_infos(tasks, key=KEY)
    truth = np.stack([tasks.amplitude, tasks.phase], axis=1)
    np.testing.assert_array_equal(task_info.parameters, truth)
    assert task_info.description.shape == (4, size)
    if how == "noisy":
        noise = np.asarray(task_info.description) - truth
        assert len(np.unique(noise)) == noise.size  # each task and parameter has its own
        assert np.abs(noise).max() < 5 * 0.5
    else:
        np.testing.assert_array_equal(task_info.description, truth[:, :size])


def test_learner_has_room_for_a_context():
    learner = Sine(hidden=(3, 5)).learner(context=2, key=KEY)
    assert isinstance(learner, MLP)
    assert [layer.weight.shape for layer in learner.layers] == [(3, 3), (5, 3), (1, 5)]


@pytest.mark.parametrize("name", ["shots", "queries"])
def test_a_batch_of_nothing_is_refused(name):
    with pytest.raises(ValueError, match=f"Sine: {name} is 0, but it must be at least 1"):
        Sine(**{name: 0})


def test_it_costs_no_environment_steps():
    assert Sine().environment_steps(10) == 0


def test_the_amplitude_tells_the_mean_curve_in_half_of_the_phases_alone():
    grid = np.linspace(-5, 5, 21)
    means = {}
    for name, highest in {"half": np.pi, "full": 2 * np.pi}.items():
        tasks = Sine(phases=(0.0, highest)).sample(4_000, split="meta-train", key=KEY)
        assert np.asarray(tasks.phase).max() == pytest.approx(highest, abs=0.01)
        units = np.sin(grid - np.asarray(tasks.phase)[:, None])
        means[name] = np.abs(units.mean(axis=0)).max()
    assert means["half"] == pytest.approx(2 / np.pi, abs=0.05)
    assert means["full"] < 0.05
