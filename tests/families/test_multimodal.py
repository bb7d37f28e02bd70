import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.families.multimodal import MODES, Curve, Multimodal

KEY = jax.random.key(0)


@pytest.mark.parametrize(
    ("mode", "by_hand"),
    [
        ("sine", lambda x: 0.5 * np.sin(x - 1.5)),
        ("linear", lambda x: 0.5 * x + 1.5),
        ("quadratic", lambda x: 0.5 * (x - 1.5) ** 2 - 2),
        ("tanh", lambda x: 0.5 * np.tanh(x - 1.5) - 2),
        ("abs", lambda x: 0.5 * np.abs(x - 1.5) - 2),
    ],
)
def test_a_curve_of_each_mode_by_hand(mode, by_hand):
    x = np.linspace(-5, 5, 11)
    curve = Curve(jnp.asarray(MODES.index(mode)), jnp.asarray(0.5), jnp.asarray(1.5), jnp.asarray(-2.0))
    np.testing.assert_allclose(curve(jnp.asarray(x)), by_hand(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("modes", [2, 3, 5])
def test_the_modes_are_equally_frequent_and_their_parameters_in_range(modes):
    tasks = Multimodal(modes=modes).sample(6000, split="meta-train", key=KEY)
    mode, first, second, third = (np.asarray(leaf) for leaf in (tasks.mode, tasks.first, tasks.second, tasks.third))
    shares = np.bincount(mode, minlength=modes) / 6000
    np.testing.assert_allclose(shares, 1 / modes, atol=0.03)
    bounds = {"sine": (0.1, 5), "linear": (-3, 3), "quadratic": (-0.15, 0.15), "tanh": (-3, 3), "abs": (-3, 3)}
    for index in range(modes):
        low, high = bounds[MODES[index]]
        drawn = first[mode == index]
        assert low <= drawn.min() < low + 0.05 * (high - low)
        assert high - 0.05 * (high - low) < drawn.max() <= high
    if modes > 2:
        assert np.abs(first[mode == 2]).min() >= 0.02
    assert np.abs(third).max() <= 3
    assert second[mode == 0].min() >= 0
    assert second[mode != 0].min() < -2.9


def test_held_out_curves_are_stretched_beyond_the_range():
    tasks = Multimodal(modes=5).sample(500, split="extrapolation", key=KEY)
    low = np.asarray([5.0, 3.0, 0.15, 3.0, 3.0])[np.asarray(tasks.mode)]
    assert (np.abs(tasks.first) >= low - 1e-6).all()
    assert (np.abs(tasks.first) <= 1.5 * low + 1e-6).all()


def test_outputs_have_noise_also_in_the_score():
    family, quiet = Multimodal(), Multimodal(output_noise=0.0)
    task = jax.tree.map(lambda leaf: leaf[0], family.sample(1, split="meta-test", key=KEY))
    clean, noisy = (f.batch(None, task, size=4000, key=KEY) for f in (quiet, family))
    np.testing.assert_array_equal(clean.x, noisy.x)
    np.testing.assert_allclose(clean.y, task(clean.x), rtol=1e-5)
    noise = np.asarray(noisy.y - clean.y)
    assert abs(noise.std() - 0.3) < 0.015
    assert abs(np.corrcoef(noise, noisy.x)[0, 1]) < 0.05
    learner = jax.tree.map(jnp.zeros_like, family.learner(key=KEY))
    x = jnp.linspace(-5, 5, 100)
    expected = float(jnp.mean(task(x) ** 2))

    def score(family, key):
        _, query = family.test_set(task, support_key=KEY, query_key=key)
        return float(family.score(learner, task, query)["mse"])

    assert score(quiet, KEY) == pytest.approx(expected, rel=1e-5)
    scores = [score(family, key) for key in jax.random.split(KEY, 200)]
    assert np.mean(scores) == pytest.approx(expected + 0.09, abs=0.05)


def test_the_descriptor_tells_the_mode_and_the_parameters():
    full, partial, none = (Multimodal(modes=3, description=how) for how in ("full", "partial", "none"))
    task = Curve(jnp.asarray(2), jnp.asarray(0.1), jnp.asarray(-1.0), jnp.asarray(2.0))
    np.testing.assert_allclose(full.task_info(task, key=KEY).description, [0, 0, 1, 0.1, -1, 2])
    np.testing.assert_allclose(partial.task_info(task, key=KEY).description, [0, 0, 1])
    assert none.task_info(task, key=KEY).description.shape == (0,)
    assert int(none.task_info(task, key=KEY).mode) == 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"modes": 1}, "modes is 1, but it must be from 2 to 5"),
        ({"modes": 6}, "modes is 6, but it must be from 2 to 5"),
        ({"noise": -1.0}, "noise is -1.0, but it must be at least 0"),
        ({"output_noise": -0.1}, "output_noise is -0.1, but it must be at least 0"),
        ({"shots": 0}, "shots is 0, but it must be at least 1"),
    ],
)
def test_bad_options_are_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        Multimodal(**options)
