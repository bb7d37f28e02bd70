import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.reinforcement import Experience
from hypermaml.families import hosted, simulated
from hypermaml.families.locomotion import DeviceLocomotion, Locomotion
from hypermaml.families.simulated import BrokenPhysics
from hypermaml.sim.body import Ant, HalfCheetah
from hypermaml.sim.track import Track

KEY = jax.random.key(5)


def family(body=None, goal="velocity", **options):
    track = Track(HalfCheetah() if body is None else body, goal, horizon=6)
    return Locomotion(environment=track, **({"shots": 2, "queries": 3, "hidden": (8,)} | options))


def learners(family, n):
    return jax.vmap(lambda key: family.learner(key=key))(jax.random.split(jax.random.key(0), n))


@pytest.mark.parametrize(("body", "fastest"), [(HalfCheetah(), 2.0), (Ant(), 3.0)])
def test_velocities_are_uniform_and_those_held_out_lie_beyond(body, fastest):
    inside = family(body).sample(2000, split="meta-train", key=KEY)
    outside = family(body).sample(2000, split="extrapolation", key=KEY)
    assert 0 <= inside.min() < 0.01 * fastest < 0.99 * fastest < inside.max() <= fastest
    assert fastest <= outside.min() < 1.01 * fastest < 1.49 * fastest < outside.max() <= 1.5 * fastest
    assert abs(inside.mean() - fastest / 2) < 0.05 * fastest
    assert family(body).test_splits == ("meta-test", "extrapolation")


def test_directions_have_equal_chances_and_nothing_is_held_out():
    directions = family(goal="direction").sample(2000, split="meta-train", key=KEY)
    assert set(np.asarray(directions)) == {-1.0, 1.0}
    assert abs(directions.mean()) < 0.1
    assert family(goal="direction").test_splits == ("meta-test",)


@pytest.mark.parametrize("goal", ["velocity", "direction"])
def test_descriptions(goal):
    tasks = family(goal=goal).sample(3000, split="meta-train", key=KEY)
    seen = {how: family(goal=goal, description=how).task_infos(tasks, key=KEY) for how in ("full", "noisy", "none")}
    np.testing.assert_array_equal(seen["full"].description[:, 0], tasks)
    np.testing.assert_array_equal(seen["noisy"].parameters[:, 0], tasks)
    assert seen["none"].description.shape == (3000, 0)
    wrong = np.asarray(seen["noisy"].description[:, 0] - tasks)
    if goal == "velocity":
        assert abs(wrong.std() - 0.5) < 0.03
    else:
        assert abs((wrong != 0).mean() - 0.2) < 0.03
        assert set(np.abs(wrong)) == {0.0, 2.0}


def test_a_batch_holds_each_task_s_own_trajectories():
    some = family()
    tasks = jnp.array([0.0, 2.0])
    batch = some.batches(learners(some, 2), tasks, size=4, key=KEY)
    assert isinstance(batch, Experience)
    assert batch.observations.shape == (2, 4, 6, 20)
    assert batch.advantages.shape == (2, 4, 6)
    np.testing.assert_allclose(batch.advantages.mean((1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(batch.log_prob, batch.behaviour.log_prob(batch.actions), rtol=1e-6)


def test_scores_are_mean_returns_with_and_without_noise():
    some = family()
    tasks, policies = jnp.array([0.5, 1.5]), learners(some, 2)
    scores = some.scores(policies, tasks, some.test_queries(policies, tasks, key=KEY))
    seen, _ = some.rollouts(policies, tasks, size=3, key=KEY)
    np.testing.assert_allclose(scores["return"], seen.rewards.sum(-1).mean(-1), rtol=1e-5)
    mean, _ = some.rollouts(policies, tasks, size=1, key=KEY, sampled=False)
    np.testing.assert_allclose(scores["return|policy=mean"], mean.rewards.sum(-1)[:, 0], rtol=1e-5)


def test_one_task_is_a_stack_of_one():
    some = family()
    tasks, policies = jnp.array([1.5]), learners(some, 1)
    alone = jax.tree.map(lambda leaf: leaf[0], policies)
    stacked = some.batches(policies, tasks, size=2, key=KEY)
    single = some.batch(alone, tasks[0], size=2, key=KEY)
    for name in ("observations", "actions", "log_prob", "mask"):
        np.testing.assert_allclose(getattr(stacked, name)[0], getattr(single, name), rtol=1e-5, atol=1e-5)
    query = some.test_query(alone, tasks[0], key=KEY)
    scores = some.scores(policies, tasks, some.test_queries(policies, tasks, key=KEY))
    for name, value in some.score(alone, tasks[0], query).items():
        np.testing.assert_allclose(value, scores[name][0], rtol=1e-5)
    portraits = some.picture.portraits(some, policies, tasks, None, key=KEY)
    np.testing.assert_array_equal(portraits[0], some.picture.portrait(some, alone, tasks[0], None, key=KEY))


def test_pictures_show_the_goal_and_the_speeds():
    some = family()
    tasks = jnp.array([0.5, 1.5])
    assert list(some.picture.scene(some, tasks, None, None)) == ["velocity"]
    other = family(goal="direction")
    assert list(other.picture.scene(other, tasks, None, None)) == ["direction"]
    assert some.picture.portraits(some, learners(some, 2), tasks, None, key=KEY).shape == (2, hosted.PORTRAYED, 6)


def test_broken_physics_is_told_with_task_trajectory_and_step(monkeypatch):
    some = family()
    seen, record = some.rollouts(learners(some, 2), jnp.array([0.5, 1.5]), size=2, key=KEY)
    record.broken[1, 0] = 4
    monkeypatch.setattr(simulated, "rollout", lambda *args, **how: (seen, record))
    with pytest.warns(BrokenPhysics, match=r"task 1, trajectory 0: the physics is not finite in step 4, where the"):
        some.batches(learners(some, 2), jnp.array([0.5, 1.5]), size=2, key=KEY)


@pytest.mark.product
def test_on_the_device_all_of_it_is_one_jit():
    track = Track(HalfCheetah(), "velocity", horizon=6)
    some = DeviceLocomotion(environment=track, shots=2, queries=3, hidden=(8,))
    tasks, policies = jnp.array([0.5, 1.5]), learners(some, 2)
    assert not some.on_host

    @eqx.filter_jit
    def seen(policies):
        batch = some.batches(policies, tasks, size=2, key=KEY)
        return (
            batch,
            some.scores(policies, tasks, some.test_queries(policies, tasks, key=KEY)),
            some.picture.portraits(some, policies, tasks, None, key=KEY),
        )

    batch, scores, speeds = seen(policies)
    host = family()
    assert batch.observations.shape == (2, 2, 6, 20)
    assert {name: value.shape for name, value in scores.items()} == {"return": (2,), "return|policy=mean": (2,)}
    assert speeds.shape == (2, hosted.PORTRAYED, 6)
    for leaf in jax.tree.leaves((batch, scores, speeds)):
        assert np.isfinite(leaf).all()
    # Starts are alike in distribution, and so is what a few steps of an untrained policy bring.
    np.testing.assert_allclose(
        scores["return"], host.scores(policies, tasks, host.test_queries(policies, tasks, key=KEY))["return"], atol=2
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"description": "partial"}, "a task is one number, so that its description is full, noisy or none"),
        ({"noise": -1.0}, "noise is -1.0, but it must be at least 0"),
        ({"flips": 1.5}, r"flips is 1.5, but it must be in \[0, 1\]"),
        ({"discount": -0.1}, r"discount is -0.1, but it must be in \[0, 1\]"),
        ({"shots": 0}, "shots is 0, but it must be at least 1"),
    ],
)
def test_what_cannot_be_is_refused(options, sentence):
    with pytest.raises(ValueError, match=f"Locomotion: {sentence}"):
        family(**options)
