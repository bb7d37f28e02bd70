import jax
import numpy as np
import pytest

from hypermaml.families.clustered_sine import CENTERS, CLUSTERS, REACH, ClusteredSine

KEY = jax.random.key(0)


def clusters(tasks):
    """For each task the cluster that it lies in."""
    places = np.stack([np.asarray(tasks.amplitude), np.asarray(tasks.phase)], axis=1)
    inside = (np.abs(places[:, None] - np.asarray(CENTERS)) <= np.asarray(REACH) + 1e-6).all(axis=2)
    assert (inside.sum(axis=1) == 1).all()
    return inside.argmax(axis=1)


@pytest.mark.parametrize("target", [1, 5])
def test_sources_lie_in_five_clusters_and_targets_in_one(target):
    family = ClusteredSine(target=target)
    counts = np.bincount(clusters(family.sample(1000, split="meta-train", key=KEY)), minlength=6)
    assert counts[CLUSTERS] == 0
    assert counts[:CLUSTERS].min() > 150
    for split in ("meta-validation", "meta-test"):
        assert set(clusters(family.sample(50, split=split, key=KEY))) == {target - 1}
    assert set(clusters(family.sample(50, split="extrapolation", key=KEY))) == {CLUSTERS}


def test_splits_share_no_task():
    family = ClusteredSine()
    one, other = (family.sample(100, split=split, key=KEY).amplitude for split in ("meta-validation", "meta-test"))
    assert not set(np.asarray(one).tolist()) & set(np.asarray(other).tolist())


@pytest.mark.parametrize("target", [0, 6])
def test_a_cluster_that_is_not_there_is_refused(target):
    with pytest.raises(ValueError, match=f"target is {target}, but it must be from 1 to 5"):
        ClusteredSine(target=target)


def test_a_signature_is_of_the_points_and_not_of_their_order():
    family = ClusteredSine()
    task = jax.tree.map(lambda leaf: leaf[0], family.sample(1, split="meta-test", key=KEY))
    batch = family.batch(None, task, size=6, key=KEY)
    turned = jax.tree.map(lambda leaf: leaf[::-1], batch)
    np.testing.assert_allclose(family.signature(batch), family.signature(turned), rtol=1e-5, atol=1e-7)
    alone = jax.tree.map(lambda leaf: leaf[:1], batch)
    assert np.linalg.norm(family.signature(alone)) == pytest.approx(1, rel=1e-5)
    moved = type(batch)(batch.x, batch.y + 2)
    assert np.linalg.norm(family.signature(batch) - family.signature(moved)) > 0.3


def test_a_task_knows_its_cluster():
    tasks = ClusteredSine().sample(200, split="meta-train", key=KEY)
    np.testing.assert_array_equal(ClusteredSine().group(tasks), clusters(tasks))
