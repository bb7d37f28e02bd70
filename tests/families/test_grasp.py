import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.reinforcement import Experience
from hypermaml.families import hosted, simulated
from hypermaml.families.grasp import BEYOND, LARGEST, SMALLEST, UNSEEN_KIND, Grasping
from hypermaml.families.script import Script
from hypermaml.families.simulated import BrokenPhysics
from hypermaml.sim.grasp import HELD, LIFTED, Grasp, success
from hypermaml.sim.rollout import rollout
from hypermaml.sim.shape import KINDS

KEY = jax.random.key(5)


def family(**options):
    return Grasping(**({"environment": Grasp(12), "shots": 2, "queries": 3, "hidden": (8,)} | options))


def learners(family, n):
    return jax.vmap(lambda key: family.learner(key=key))(jax.random.split(jax.random.key(0), n))


def kind_is(tasks, name):
    return np.asarray(tasks.kind) == KINDS.index(name)


@pytest.fixture(scope="module")
def trained():
    """Many tasks of meta-training."""
    return family().sample(2000, split="meta-train", key=KEY)


def test_training_has_every_kind_but_one_and_the_measures_that_are_told(trained):
    counts = np.bincount(np.asarray(trained.kind), minlength=len(KINDS))
    assert counts[UNSEEN_KIND] == 0
    assert counts[:UNSEEN_KIND].min() > 300
    size = np.asarray(trained.size)[kind_is(trained, "box")]
    np.testing.assert_allclose(size.min(0), SMALLEST, rtol=0.1)
    np.testing.assert_allclose(size.max(0), LARGEST, rtol=0.02)
    assert 0.05 <= trained.mass.min() < 0.06 < 0.29 < trained.mass.max() <= 0.3
    assert 0.6 <= trained.friction.min() < trained.friction.max() <= 1.2
    assert abs(trained.yaw).max() <= np.pi / 2
    assert abs(trained.position).max() <= 0.03


def test_kinds_tie_measures(trained):
    length, width, height = np.asarray(trained.size).T
    for name in ("cylinder", "cone"):
        np.testing.assert_array_equal(length[kind_is(trained, name)], width[kind_is(trained, name)])
    assert (height <= width)[kind_is(trained, "ellipsoid")].all()
    assert (length > width)[kind_is(trained, "box") | kind_is(trained, "angle")].all()
    capsules = family(unseen="class").sample(50, split="extrapolation", key=KEY)
    np.testing.assert_array_equal(capsules.size[:, 2], capsules.size[:, 1])
    assert (capsules.size[:, 0] > capsules.size[:, 1]).all()


def test_no_split_shares_a_task_and_what_is_held_out_lies_beyond(trained):
    some = family()
    seen = {split: some.sample(300, split=split, key=KEY) for split in ("meta-train", "meta-validation", "meta-test")}
    sizes = np.concatenate([np.asarray(tasks.size) for tasks in seen.values()])
    assert len(np.unique(sizes, axis=0)) == len(sizes)
    larger = some.sample(500, split="extrapolation", key=KEY)
    assert UNSEEN_KIND not in larger.kind
    boxes = np.asarray(larger.size)[kind_is(larger, "box")]
    assert (boxes >= LARGEST).all()
    most = np.add(SMALLEST, BEYOND * np.subtract(LARGEST, SMALLEST))
    assert (boxes <= most + 1e-6).all()
    assert (larger.size[:, 1] >= LARGEST[1]).all()
    unseen = family(unseen="class").sample(500, split="extrapolation", key=KEY)
    assert set(np.asarray(unseen.kind)) == {UNSEEN_KIND}
    assert (unseen.size[:, :2] <= jnp.asarray(LARGEST[:2])).all()
    assert some.test_splits == ("meta-test", "extrapolation")


@pytest.mark.parametrize(
    ("how", "shape", "size"),
    [
        ("full", "class", 15),
        ("partial", "class", 11),
        ("noisy", "class", 15),
        ("none", "class", 0),
        ("full", "cloud", 4),
        ("partial", "cloud", 2),
        ("noisy", "cloud", 4),
        ("none", "cloud", 0),
    ],
)
def test_a_description_begins_with_what_all_share(trained, how, shape, size):
    tasks = jax.tree.map(lambda leaf: leaf[:3], trained)
    seen = family(description=how, shape=shape, points=5).task_infos(tasks, key=KEY)
    told = seen.description
    if shape == "cloud" and how != "none":
        told, cloud = told
        assert cloud.points.shape == (3, 5, 3)
        assert cloud.mask.all()
    assert told.shape == (3, size)
    if size:
        np.testing.assert_allclose(told[:, :2], [[LIFTED, HELD * 0.04]] * 3, rtol=1e-6)
    assert seen.parameters.shape == (3, 15)


def test_a_full_description_is_the_task_and_a_noisy_one_is_near(trained):
    exact = family().task_infos(trained, key=KEY).description
    np.testing.assert_array_equal(exact[:, 2:8].argmax(1), trained.kind)
    np.testing.assert_array_equal(exact[:, 8:11], trained.size)
    np.testing.assert_array_equal(exact[:, 11:13], jnp.stack([trained.mass, trained.friction], -1))
    np.testing.assert_allclose(jnp.arctan2(exact[:, 14], exact[:, 13]), trained.yaw, atol=1e-6)
    wrong = family(description="noisy").task_infos(trained, key=KEY).description - exact
    assert not wrong[:, :8].any()
    middles = [*np.add(SMALLEST, LARGEST) / 2, 0.175, 0.9]
    np.testing.assert_allclose(wrong[:, 8:13].std(0), 0.1 * np.array(middles), rtol=0.1)


def test_a_cloud_rotates_with_the_object_unless_it_is_in_its_own_frame(trained):
    tasks = jax.tree.map(lambda leaf: leaf[:6], trained)
    own = family(shape="cloud", description="partial").task_infos(tasks, key=KEY).description[1].points
    world = family(shape="cloud").task_infos(tasks, key=KEY).description[1].points
    for mine, rotated, yaw in zip(own, world, tasks.yaw, strict=True):
        cos, sin = np.cos(yaw), np.sin(yaw)
        np.testing.assert_allclose(rotated[:, 0], cos * mine[:, 0] - sin * mine[:, 1], atol=1e-7)
        np.testing.assert_allclose(rotated[:, 1], sin * mine[:, 0] + cos * mine[:, 1], atol=1e-7)
        np.testing.assert_allclose(rotated[:, 2], mine[:, 2], atol=1e-7)


def test_the_script_grasps_what_is_trained_on_and_what_is_held_out():
    """The tasks can be done by what the policy may do; `docs/grasp.md` has the figures of many more."""
    environment = Grasp()
    for options, split in (({}, "meta-train"), ({"unseen": "class"}, "extrapolation")):
        tasks = family(**options).sample(30, split=split, key=KEY)
        _, record = rollout(jax.vmap(Script)(tasks), environment, tasks, size=1, key=KEY, sampled=False)
        assert success(record.step_metric).mean() >= 0.9


def test_batches_scores_and_portraits(monkeypatch):
    some = family()
    tasks, policies = some.sample(2, split="meta-test", key=KEY), learners(some, 2)
    batch = some.batches(policies, tasks, size=2, key=KEY)
    assert isinstance(batch, Experience)
    assert batch.observations.shape == (2, 2, 12, 18)
    scores = some.scores(policies, tasks, some.test_queries(policies, tasks, key=KEY))
    assert set(scores) == {"return", "success", "return|policy=mean", "success|policy=mean"}
    seen, record = some.rollouts(policies, tasks, size=3, key=KEY)
    np.testing.assert_allclose(scores["return"], seen.rewards.sum(-1).mean(-1), rtol=1e-5)
    np.testing.assert_array_equal(scores["success"], success(record.step_metric).mean(-1))
    assert some.picture.portraits(some, policies, tasks, None, key=KEY).shape == (2, hosted.PORTRAYED, 12)
    scene = some.picture.scene(some, tasks, None, None)
    assert {name: value.shape for name, value in scene.items()} == {"kind": (2,), "size": (2, 3)}
    record.broken[1, 0] = 4
    monkeypatch.setattr(simulated, "rollout", lambda *args, **how: (seen, record))
    with pytest.warns(BrokenPhysics, match="task 1, trajectory 0: the physics is not finite in step 4"):
        some.rollouts(policies, tasks, size=3, key=KEY)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"shape": "mesh"}, "shape is 'mesh', but it must be one of class, cloud"),
        ({"unseen": "none"}, "unseen is 'none', but it must be one of sizes, class"),
        ({"points": 0}, "points is 0, but it must be at least 1"),
        ({"noise": -1.0}, "noise is -1.0, but it must be at least 0"),
        ({"discount": 1.5}, r"discount is 1.5, but it must be in \[0, 1\]"),
    ],
)
def test_what_cannot_be_is_refused(options, sentence):
    with pytest.raises(ValueError, match=f"Grasping: {sentence}"):
        family(**options)
