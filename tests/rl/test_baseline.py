import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.rl.baseline import baseline_features, linear_baseline


def random_batch(size, seed=0, trajectories=20, horizon=100):
    """A random walk's observations, returns of some shape, and trajectories that end at random."""
    rng = np.random.default_rng(seed)
    observations = np.cumsum(rng.normal(0, 0.1, (trajectories, horizon, size)), axis=1)
    distance = np.linalg.norm(observations - 0.4, axis=-1)
    returns = -np.cumsum(distance[:, ::-1], axis=1)[:, ::-1]
    mask = np.arange(horizon) < rng.integers(1, horizon + 1, (trajectories, 1))
    return np.float32(observations), np.float32(returns), mask


def reference(observations, returns, mask, ridge=1e-5):
    """Ridge regression on the valid steps by a float64 orthogonal factorization, not the normal equations."""
    clipped = np.clip(np.float64(observations), -10, 10)
    time = np.broadcast_to(np.arange(mask.shape[1])[:, None] / 100, (*mask.shape, 1))
    features = np.concatenate([clipped, clipped**2, time, time**2, time**3, time**0], axis=-1)
    size = features.shape[-1]
    design = np.concatenate([features[mask], np.sqrt(ridge) * np.eye(size)])
    target = np.concatenate([np.float64(returns)[mask], np.zeros(size)])
    return features @ np.linalg.lstsq(design, target, rcond=None)[0] * mask


def ant_batch(trajectories=6, horizon=100, seed=0):
    """Observations like an ant's: small, large and clipped entries, 84 forces of which most are 0, related entries."""
    rng = np.random.default_rng(seed)
    moving = np.cumsum(rng.normal(0, 0.1, (trajectories, horizon, 29)), axis=1) * np.geomspace(0.01, 10, 29)
    touches = rng.random((trajectories, horizon, 84)) < np.concatenate([np.zeros(42), np.full(42, 0.2)])
    forces = np.where(touches, np.clip(rng.normal(0, 2, touches.shape), -1, 1), 0)
    orientation = np.cos(moving[..., :9]) * np.array([1, 1e-3, 1] * 3)  # nearly a constant, as while it stands
    centre = moving[..., :3] + 1e-4 * rng.normal(size=(trajectories, horizon, 3))
    observations = np.concatenate([moving, forces, orientation, centre], axis=-1)
    returns = np.cumsum(rng.normal(1, 1, (trajectories, horizon))[:, ::-1], axis=1)[:, ::-1]
    mask = np.arange(horizon) < rng.integers(20, horizon + 1, (trajectories, 1))
    return np.float32(observations), np.float32(returns), mask


def share_of_spread(actual, expected, returns, mask):
    return np.abs(np.asarray(actual) - expected).max() / returns[mask].std()


def test_features_by_hand():
    observations = jnp.array([[[2.0, -30.0], [0.5, 4.0]]])
    expected = [[[2, -10, 4, 100, 0, 0, 0, 1], [0.5, 4, 0.25, 16, 1e-2, 1e-4, 1e-6, 1]]]
    np.testing.assert_allclose(baseline_features(observations), expected, rtol=1e-6)


@pytest.mark.parametrize("scale", [1.0, 1e-3])
@pytest.mark.parametrize("size", [2, 20])
def test_float32_matches_least_squares_in_float64(size, scale):
    observations, returns, mask = random_batch(size)
    observations *= np.float32(scale)
    values = jax.jit(linear_baseline)(observations, returns, mask)
    expected = reference(observations, returns, mask)
    assert values.dtype == jnp.float32
    assert share_of_spread(values, expected, returns, mask) < 1e-4
    residual = (returns - expected)[mask].std() / returns[mask].std()
    assert 0.01 < residual < 0.9  # neither trivial


def test_float32_matches_least_squares_on_an_ant():
    """Normal equations in float32, with the ridge that they need, are 0.03 off; the cosine of the rest is 0.999."""
    observations, returns, mask = ant_batch()
    values = np.asarray(jax.jit(linear_baseline)(observations, returns, mask))
    expected = reference(observations, returns, mask)
    assert share_of_spread(values, expected, returns, mask) < 2e-3
    found, wanted = ((returns - each)[mask] for each in (values, expected))
    assert found @ wanted / np.linalg.norm(found) / np.linalg.norm(wanted) > 1 - 1e-6


@pytest.mark.usefixtures("float64")
def test_float64_matches_least_squares():
    observations, returns, mask = random_batch(3)
    values = linear_baseline(np.float64(observations), np.float64(returns), mask)
    assert share_of_spread(values, reference(observations, returns, mask), returns, mask) < 1e-9


def test_float32_fits_as_well_where_features_are_nearly_collinear():
    observations, returns, mask = random_batch(2)
    observations = np.float32(5 + 0.01 * observations)  # condition number 1e7
    values = np.asarray(linear_baseline(observations, returns, mask))
    best = (returns - reference(observations, returns, mask))[mask].std()
    assert (returns - values)[mask].std() < 1.02 * best


def test_masked_steps_are_ignored():
    observations, returns, mask = random_batch(2)
    values = linear_baseline(observations, returns, mask)
    dirty = np.where(mask[..., None], observations, np.nan), np.where(mask, returns, np.inf)
    np.testing.assert_array_equal(linear_baseline(*dirty, mask), values)
    assert not np.any(np.asarray(values)[~mask])


def test_vmap_over_tasks_is_a_loop_over_tasks():
    batches = [random_batch(20, seed) for seed in range(3)]
    batches[1] = (np.full_like(batches[1][0], 0.3), *batches[1][1:])  # exactly collinear
    stacked = [np.stack(arrays) for arrays in zip(*batches, strict=True)]
    together = jax.jit(jax.vmap(linear_baseline))(*stacked)
    for values, batch in zip(together, batches, strict=True):
        assert share_of_spread(values, reference(*batch), *batch[1:]) < 1e-3


def test_non_finite_data_ends_as_such():
    observations, returns, mask = random_batch(2)
    assert not np.isfinite(linear_baseline(observations, returns * np.nan, mask)).all()


@pytest.mark.parametrize("steps", [0, 1])
def test_fewer_steps_than_features(steps):
    observations, returns, _ = random_batch(2)
    mask = np.zeros(returns.shape, bool)
    mask[0, :steps] = True
    values = np.asarray(linear_baseline(observations, returns, mask))
    np.testing.assert_allclose(values[0, :steps], returns[0, :steps], rtol=1e-3)
    assert not values[~mask].any()
