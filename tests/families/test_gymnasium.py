"""Families of Gymnasium's environments: tasks, trajectories, training, adaptation to an environment of the user."""

import gymnasium as gym
import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest
from gymnasium import spaces

import hypermaml as hm
from hypermaml._core.train import start, train
from hypermaml.rl import host
from hypermaml.rl.categorical import CategoricalPolicy

KEY = jax.random.key(1)
VARY = {"m": (0.5, 2.0), "l": (0.5, 1.5)}


@pytest.fixture(scope="module")
def pendulum():
    return hm.GymnasiumFamily("Pendulum-v1", vary=VARY, described=["m"], shots=2, horizon=6, hidden=(8,))


@pytest.fixture(scope="module")
def pole():
    return hm.GymnasiumFamily("CartPole-v1", vary={"length": (0.3, 0.8)}, shots=2, horizon=40, hidden=(8,))


def learners(family, n):
    return jax.vmap(lambda key: family.learner(key=key))(jax.random.split(KEY, n))


def test_tasks_are_in_the_ranges_and_differ_between_splits(pendulum):
    tasks = np.asarray(pendulum.sample(200, split="meta-train", key=KEY))
    np.testing.assert_allclose(tasks.min(0), [0.5, 0.5], atol=0.05)
    np.testing.assert_allclose(tasks.max(0), [2.0, 1.5], atol=0.05)
    assert (np.asarray(pendulum.sample(200, split="meta-test", key=KEY)) != tasks).all()


def test_a_description_holds_the_described_parameters_within_their_range(pendulum):
    info = pendulum.task_info(jnp.array([2.0, 0.75]), key=KEY)
    np.testing.assert_allclose(info.description, [1.0], rtol=1e-6)
    np.testing.assert_allclose(info.parameters, [1.0, -0.5], rtol=1e-6)
    assert pendulum.description_size == 1
    for given in ({"m": 2.0}, [2.0], 2.0):
        np.testing.assert_allclose(pendulum.as_task_info(given).description, [1.0], rtol=1e-6)
    np.testing.assert_allclose(pendulum.as_task_info().description, [0.0], atol=1e-7)


@pytest.mark.parametrize(
    ("description", "sentence"),
    [
        ({"mass": 1.0}, "the description has 'mass', but a task is described by m"),
        ({"l": 1.0}, "the description has 'l', but a task is described by m"),
        ({}, "the description lacks 'm': a task is described by m"),
        ([1.0, 2.0], r"the description has the shape \(2,\), but a task is described by m"),
        ({"m": np.nan}, "the description has m = nan, but it must be finite"),
        ({"m": "heavy"}, "the description must be an array of real numbers"),
    ],
)
def test_a_description_that_does_not_fit_is_one_sentence(pendulum, description, sentence):
    with pytest.raises(ValueError, match=sentence):
        pendulum.as_task_info(description)


def test_trajectories_are_what_the_environment_does_with_the_actions(pendulum):
    tasks, policies = jnp.array([[1.3, 0.8], [0.6, 1.2]]), learners(pendulum, 2)
    seen, terminated = pendulum.rollouts(policies, tasks, size=3, key=KEY)
    assert seen.observations.shape == (2, 3, 6, 3)
    assert seen.actions.shape == (2, 3, 6, 1)
    assert (terminated == 0).all()  # a pendulum never terminates: its horizon ends it
    seeds = host.Draws(KEY, range(2)).integers(2**31, size=6)
    for index, seed in enumerate(seeds):
        task, trajectory = divmod(index, 3)
        environment = gym.make("Pendulum-v1")
        environment.unwrapped.m, environment.unwrapped.l = map(float, tasks[task])
        observation, _ = environment.reset(seed=int(seed))
        for time in range(6):
            standardized = (observation - pendulum.environment.center) / pendulum.environment.scale
            np.testing.assert_allclose(seen.observations[task, trajectory, time], standardized, atol=1e-5)
            action = np.asarray(seen.actions[task, trajectory, time])
            observation, reward, *_ = environment.step(np.clip(2 * action, -2, 2))
            np.testing.assert_allclose(seen.rewards[task, trajectory, time], reward, rtol=1e-4)


def test_the_key_decides_all_and_nothing_is_left_of_earlier_rollouts(pendulum):
    tasks, policies = pendulum.sample(2, split="meta-test", key=KEY), learners(pendulum, 2)
    first, _ = pendulum.rollouts(policies, tasks, size=2, key=KEY)
    pendulum.rollouts(policies, tasks + 0.1, size=3, key=jax.random.key(2))
    again, _ = pendulum.rollouts(policies, tasks, size=2, key=KEY)
    for one, other in zip(jax.tree.leaves(first), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(one, other)


def test_termination_ends_a_trajectory_and_is_told_from_the_time_limit(pole):
    tasks, policies = pole.sample(2, split="meta-test", key=KEY), learners(pole, 2)
    seen, terminated = pole.rollouts(policies, tasks, size=8, key=KEY)
    lengths = np.asarray(seen.mask.sum(-1), int)
    assert lengths.min() < 40
    np.testing.assert_array_equal(seen.returns(), lengths)  # CartPole pays 1 a step, the last one too
    last = np.take_along_axis(terminated, lengths[..., None] - 1, axis=-1)[..., 0]
    np.testing.assert_array_equal(last[lengths < 40], 1)
    short = hm.GymnasiumFamily("CartPole-v1", vary={"length": (0.3, 0.8)}, shots=2, horizon=3)
    cut, ended = short.rollouts(learners(short, 2), tasks, size=2, key=KEY)
    np.testing.assert_array_equal(cut.mask, 1)
    np.testing.assert_array_equal(ended, 0)  # the horizon cuts it off, and nothing terminates
    np.testing.assert_array_equal(np.asarray(seen.actions).sum(-1), seen.mask)


def test_observations_are_standardized_once(pendulum):
    assert float(pendulum.environment.scale.min()) > 0
    other = hm.GymnasiumFamily("Pendulum-v1", vary=VARY, shots=2, horizon=6)
    np.testing.assert_array_equal(other.environment.center, pendulum.environment.center)
    tasks = pendulum.sample(20, split="meta-train", key=KEY)
    seen = np.asarray(pendulum.rollouts(learners(pendulum, 20), tasks, size=5, key=KEY)[0].observations)
    np.testing.assert_allclose(seen.reshape(-1, 3).mean(0), 0, atol=0.4)
    np.testing.assert_allclose(seen.reshape(-1, 3).std(0), 1, atol=0.4)
    assert np.abs(seen).max() <= 10


@pytest.fixture(scope="module")
def trained(pendulum):
    return hm.train(hm.HyperMAML(inner_lr=0.05), pendulum, iterations=2, meta_batch=2, steps=1)


@pytest.mark.parametrize("outer", [hm.Adam(), hm.TRPO()], ids=["adam", "trpo"])
def test_a_training_traces_no_more_after_its_first_iteration(pole, outer, monkeypatch):
    traces, many = [], CategoricalPolicy.many
    monkeypatch.setattr(CategoricalPolicy, "many", lambda *args: traces.append(1) or many(*args))
    system = hm.MAML(inner_lr=0.1, outer=outer).build(pole, key=KEY)
    chunks = train(system, pole, iterations=3, meta_batch=4, chunk=1, key=KEY)
    next(chunks)
    count = len(traces)
    assert count
    ((state, metrics), *_) = chunks
    assert len(traces) == count
    assert np.isfinite(metrics.loss).all()
    pairs = zip(jax.tree.leaves(start(system).method), jax.tree.leaves(state.method), strict=True)
    assert any((one != two).any() for one, two in pairs)


def test_a_policy_adapts_to_the_users_environment_and_acts_in_it(trained):
    environment = Recorded(gym.make("Pendulum-v1"))
    environment.unwrapped.m, environment.unwrapped.l = 1.3, 0.8
    policy = trained.adapt(environment, description={"m": 1.3}, steps=2)
    assert environment.steps == 2 * 2 * 6  # steps, shots, horizon
    observation, _ = environment.reset(seed=0)
    assert environment.action_space.contains(policy.predict(observation))
    start = trained.initialize(description={"m": 1.3})
    assert (start.predict(observation) != policy.predict(observation)).any()


def test_scores_and_pictures(trained, pendulum):
    scores = hm.evaluate(trained, tasks=2, steps=1)
    assert scores["return"].shape == (2, 2)
    assert set(scores) == {"return", "return|policy=mean"}
    tasks = pendulum.sample(2, split="meta-test", key=KEY)
    picture = pendulum.picture
    assert picture.portraits(pendulum, learners(pendulum, 2), tasks, None, key=KEY).shape == (2, 8, 6, 2)
    scene = picture.scene(pendulum, tasks, None, None)
    assert scene["parameter_names"].tolist() == ["m", "l"]
    np.testing.assert_array_equal(scene["parameters"], tasks)


def test_a_saved_method_has_the_scale_of_observations(trained, pendulum, tmp_path):
    trained.save(tmp_path / "policy")
    loaded = hm.load(tmp_path / "policy")
    np.testing.assert_array_equal(loaded.family.environment.scale, pendulum.environment.scale)
    assert loaded.family.ways == pendulum.ways
    kwargs = {"tasks": 2, "steps": 1}
    np.testing.assert_allclose(hm.evaluate(loaded, **kwargs)["return"], hm.evaluate(trained, **kwargs)["return"])


def test_predictions_are_actions_of_the_environment(pendulum, pole):
    for family, name in ((pendulum, "Pendulum-v1"), (pole, "CartPole-v1")):
        environment, learner = gym.make(name), family.learner(key=KEY)
        observation, _ = environment.reset(seed=0)

        def act(x, family=family, learner=learner):
            return family.as_predictions(np.asarray(family.predict(learner, family.as_inputs(x))), x)

        assert environment.action_space.contains(act(observation))
        many = act(np.stack([observation, observation]))
        assert len(many) == 2
        assert environment.action_space.contains(many[1])
        np.testing.assert_array_equal(many[0], act(observation))
        with pytest.raises(ValueError, match=rf"the observations have the shape \(9,\), but {name} has"):
            act(np.zeros(9))
        with pytest.raises(ValueError, match="an observation is not finite"):
            act(np.full_like(observation, np.nan))


def test_actions_reach_the_bounds_and_not_beyond():
    class Lopsided(gym.Env):
        observation_space = spaces.Box(-1, 1, (2,), np.float32)
        action_space = spaces.Box(np.array([[0.0, -np.inf]]), np.array([[4.0, np.inf]]), dtype=np.float64)
        weight = 1.0

        def reset(self, *, seed=None, options=None):
            self.weight = 1.0
            return np.zeros(2, np.float32), {}

        def step(self, action):
            return np.zeros(2, np.float32), 0.0, False, False, {}

        def __init__(self):
            self.weight = 1.0

    family = hm.GymnasiumFamily(Lopsided, vary={"weight": (1, 2)}, shots=1, horizon=2)
    native = family.environment.native(np.array([[-1.0, -3.0], [1.0, 3.0], [0.0, 0.5], [9.0, 9.0]]))
    assert native.shape == (4, 1, 2)
    assert native.dtype == np.float64
    np.testing.assert_array_equal(native[:, 0], [[0, -3], [4, 3], [2, 0.5], [4, 9]])


class Recorded(gym.Wrapper):
    def __init__(self, environment):
        super().__init__(environment)
        self.seeds, self.steps = [], 0

    def reset(self, *, seed=None, options=None):
        self.seeds.append(seed)
        return super().reset(seed=seed, options=options)

    def step(self, action):
        self.steps += 1
        return super().step(action)


def test_the_users_own_environment_gives_the_trajectories(pendulum):
    environment = Recorded(gym.make("Pendulum-v1"))
    environment.unwrapped.m, environment.unwrapped.l = 1.3, 0.8
    task = pendulum.as_task(environment)
    np.testing.assert_allclose(task.values, [1.3, 0.8])
    stacked = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), task)
    policies = learners(pendulum, 2)
    seen, _ = pendulum.rollouts(policies, stacked, size=3, key=KEY)
    assert seen.rewards.shape == (2, 3, 6)
    assert len(set(environment.seeds)) == 6
    assert environment.steps == 36
    assert (environment.unwrapped.m, environment.unwrapped.l) == (1.3, 0.8)
    replayed = gym.make("Pendulum-v1")
    replayed.unwrapped.m, replayed.unwrapped.l = 1.3, 0.8
    replayed.reset(seed=environment.seeds[4])
    rewards = [replayed.step(np.clip(2 * np.asarray(action), -2, 2))[1] for action in seen.actions[1, 1]]
    np.testing.assert_allclose(seen.rewards[1, 1], rewards, rtol=1e-4)
    assert pendulum.batches(policies, stacked, size=2, key=KEY).mask.shape == (2, 2, 6)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        (lambda: 3, r"the environment is 3, but it must be an environment of gymnasium, such as gymnasium.make\('Pend"),
        (lambda: gym.make("CartPole-v1"), r"your environment has observations of the shape \(4,\), but Pendulum-v1"),
        (lambda: gym.make("MountainCarContinuous-v0"), r"your environment has observations of the shape \(2,\), but"),
    ],
)
def test_an_environment_of_another_kind_is_one_sentence(pendulum, environment, sentence):
    with pytest.raises(ValueError, match=sentence):
        pendulum.as_task(environment())


@pytest.mark.parametrize("kind", ["pendulum", "pole"])
def test_an_exported_policy_reads_and_gives_what_the_environment_does(kind, request, tmp_path):
    family = request.getfixturevalue(kind)
    policy = hm.FittedModel(family, family.learner(key=KEY))
    x = np.random.default_rng(0).normal(size=(5, *family.environment.observation_shape)).astype(np.float32)
    policy.export(tmp_path / "p.stablehlo")
    found = jax.export.deserialize(bytearray((tmp_path / "p.stablehlo").read_bytes())).call(x)
    np.testing.assert_allclose(found, policy.predict(x), atol=1e-5)
    policy.save(tmp_path / "p")
    np.testing.assert_array_equal(hm.load(tmp_path / "p").predict(x), policy.predict(x))
