from dataclasses import replace

import equinox as eqx
import jax
import numpy as np
import pytest

import hypermaml as hm
from hypermaml.families.examples import AbstractExampleFamily

RNG = np.random.default_rng(0)
AMPLITUDE = RNG.uniform(0.5, 5.0, (40, 1))
X = RNG.uniform(-5.0, 5.0, (40, 12, 1))
Y = AMPLITUDE[:, None] * np.sin(X)


@pytest.fixture(scope="module")
def family() -> hm.ArrayFamily:
    return hm.ArrayFamily(X, Y, descriptions=AMPLITUDE, shots=5, hidden=(8, 8))


@pytest.fixture(scope="module")
def trained(family) -> hm.Trained:
    return hm.train(hm.HyperMAML(inner_lr=0.01, inner_steps=2), family, iterations=4, meta_batch=3, seed=1)


@pytest.fixture(scope="module")
def plain(family) -> hm.Trained:
    return hm.train(hm.MAML(), family, iterations=2, meta_batch=3)


def test_training_returns_losses_and_a_schedule(trained):
    assert trained.losses.shape == (4,)
    assert np.isfinite(trained.losses).all()
    assert set(trained.schedule) == {"later_rate", "later_clip"}
    assert (trained.seed, trained.iterations) == (1, 4)


def test_training_again_gives_the_same_method(trained, family):
    again = hm.train(hm.HyperMAML(inner_lr=0.01, inner_steps=2), family, iterations=4, meta_batch=3, seed=1)
    for one, other in zip(jax.tree.leaves(trained.method), jax.tree.leaves(again.method), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_generated_model_is_that_of_the_description_and_no_step(trained):
    start = trained.initialize(description=AMPLITUDE[0])
    other = trained.initialize(description=AMPLITUDE[1])
    zero = trained.adapt(X[0, :5], Y[0, :5], description=AMPLITUDE[0], steps=0)
    np.testing.assert_array_equal(start.predict(X[0]), zero.predict(X[0]))
    assert start.predict(X[0]).shape == (12, 1)
    assert not np.array_equal(start.predict(X[0]), other.predict(X[0]))
    assert start.losses == ()


def test_adaptation_is_the_inner_loop_of_the_evaluation(trained, family):
    """The model of a task equals the learner that `evaluate` scores."""
    from hypermaml._core.evaluate import evaluate

    tasks = family.sample(2, split="meta-test", key=jax.random.key(0))
    seen = evaluate(trained.method, family, tasks, steps=3, key=jax.random.key(1))
    task, support = int(tasks[0]), jax.tree.map(lambda leaf: leaf[0, 0], seen.support)
    query = jax.tree.map(lambda leaf: leaf[0], seen.query)
    model = trained.adapt(support.x, support.y, description=AMPLITUDE[task], steps=3)
    error = np.mean((model.predict(query.x) - query.y) ** 2)
    assert error == pytest.approx(float(seen.scores["mse"][0, 3]), rel=1e-4)


def test_many_tasks_at_once_are_the_models_of_each(trained):
    sizes = [5, 3, 5, 0]
    tasks = [
        (X[n, :size], Y[n, :size], AMPLITUDE[n]) if size else (None, None, AMPLITUDE[n]) for n, size in enumerate(sizes)
    ]
    models = trained.adapt_many(tasks, steps=3)
    for (x, y, description), model in zip(tasks, models, strict=True):
        alone = trained.adapt(x, y, description=description, steps=3 if x is not None else None)
        np.testing.assert_allclose(model.predict(X[0]), alone.predict(X[0]), rtol=1e-5, atol=1e-6)
        assert model.losses == pytest.approx(alone.losses, rel=1e-5)
    assert trained.adapt_many([]) == []
    with pytest.raises(ValueError, match="task 1: there are 2 inputs and 3 outputs"):
        trained.adapt_many([tasks[0], (X[0, :2], Y[0, :3], [1.0])])


def test_without_examples_the_model_is_that_of_the_description(trained):
    model = trained.adapt(description=AMPLITUDE[0])
    np.testing.assert_array_equal(model.predict(X[0]), trained.initialize(description=AMPLITUDE[0]).predict(X[0]))


@pytest.fixture(scope="module")
def walker() -> hm.Trained:
    plane = hm.families.Plane(horizon=5)
    family = hm.families.Navigation(environment=plane, shots=3, queries=3, hidden=(8,))
    return hm.train(hm.HyperMAML(), family, iterations=1, meta_batch=2, steps=1)


def test_a_policy_adapts_to_an_environment(walker):
    goal = [0.3, -0.2]
    start, policy = walker.adapt(description=goal), walker.adapt(goal, description=goal, steps=2)
    one, many = policy.predict([0.1, 0.0]), policy.predict([[0.1, 0.0], [0.0, 0.2]])
    assert (one.shape, many.shape) == ((2,), (2, 2))
    np.testing.assert_allclose(one, many[0], rtol=1e-6)
    assert not np.array_equal(start.predict([0.1, 0.0]), one)
    np.testing.assert_allclose(
        walker.adapt_many([(goal, None, goal)] * 2, steps=2)[0].predict([0.1, 0.0]), one, rtol=1e-5
    )


def test_a_saved_policy_comes_back_the_same(walker, tmp_path):
    walker.save(tmp_path / "walker")
    few = {"description": [0.3, -0.2], "steps": 2}
    found = [each.adapt([0.3, -0.2], **few).predict([0.1, 0.0]) for each in (walker, hm.load(tmp_path / "walker"))]
    np.testing.assert_array_equal(*found)


def test_a_method_that_reads_the_kind_of_a_task_is_refused(trained):
    from hypermaml.embed.combined import Dropped, Joined
    from hypermaml.embed.mode import TrueMode

    for embed in (TrueMode(2), Joined((trained.method.embed, TrueMode(2))), Dropped(TrueMode(2), 0.5)):
        reader = replace(trained, method=eqx.tree_at(lambda method: method.embed, trained.method, embed))
        with pytest.raises(ValueError, match="reads the kind of a task, and a task of your own has none"):
            reader.adapt(X[0, :5], Y[0, :5], description=AMPLITUDE[0])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda t: t.adapt([0.1], description=[0.1, 0.1]), r"the goal is \[0.1\], but it must be two finite numbers"),
        (lambda t: t.adapt([0.1, 0.1], [1.0], description=[0.1, 0.1]), "Navigation adapts to an environment"),
        (lambda t: t.initialize(description=[0.1, 0.1]).predict([0.1]), r"the observations have the shape \(1,\)"),
        (lambda t: t.initialize(description=[0.1, 0.1]).predict([0.1, np.nan]), "an observation is not finite"),
    ],
)
def test_an_environment_that_does_not_fit_is_one_sentence(walker, call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(walker)


def test_steps_are_those_of_training_by_default(trained):
    few = X[0, :5], Y[0, :5]
    two = trained.adapt(*few, description=AMPLITUDE[0], steps=2)
    np.testing.assert_array_equal(trained.adapt(*few, description=AMPLITUDE[0]).predict(X[0]), two.predict(X[0]))
    assert len(two.losses) == 2


def test_a_saved_method_comes_back_the_same(trained, tmp_path):
    path = tmp_path / "sine.hypermaml"
    trained.save(path)
    again = hm.load(path)
    few = X[0, :5], Y[0, :5]
    np.testing.assert_array_equal(
        again.adapt(*few, description=AMPLITUDE[0], steps=3).predict(X[0]),
        trained.adapt(*few, description=AMPLITUDE[0], steps=3).predict(X[0]),
    )
    assert again.config == trained.config
    assert again.family.x.shape[0] == 0  # the tasks stay at home
    first = path.read_bytes()
    trained.save(path)
    assert path.read_bytes() == first


def test_an_evaluation_is_a_mapping_and_a_table(trained, plain, family):
    scores = hm.evaluate(trained, family, split="meta-test", steps=2)
    assert scores["mse"].shape == (8, 3)
    assert "meta-test, 8 tasks" in str(scores)
    assert "step 2" in str(scores)
    assert dict(scores).keys() == {"mse"}
    np.testing.assert_array_equal(scores["mse"], hm.evaluate(trained, steps=2)["mse"])
    with pytest.raises(KeyError, match="there is no metric 'loss'"):
        scores["loss"]
    other = hm.evaluate(trained, family, steps=2, description="other")["mse"]
    assert other.shape == (8, 3)
    assert not np.allclose(other, scores["mse"])


def test_maml_needs_no_description(plain):
    assert plain.adapt(X[0, :5], Y[0, :5]).predict(X[0]).shape == (12, 1)
    assert plain.initialize().predict(X[0]).shape == (12, 1)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda t: t.initialize(), "HyperMAML reads the description of a task: give description"),
        (lambda t: t.adapt(X[0, :5], Y[0, :5]), "reads the description of a task: give description"),
        (lambda t: t.adapt(X[0, :5], Y[0, :4], description=[1.0]), "there are 5 inputs and 4 outputs"),
        (lambda t: t.adapt(X[0, :0], Y[0, :0], description=[1.0]), "there are no examples to adapt to"),
        (lambda t: t.adapt(X[0, :5], Y[0, :5], description=[1.0], steps=-1), "steps is -1"),
        (lambda t: t.adapt(X[0, :5], Y[0, :5], description=[np.nan]), "each number must be finite"),
        (lambda t: t.initialize(description=[1.0]).predict(np.ones((3, 2))), r"an input has the shape \(2,\)"),
        (lambda t: hm.evaluate(t, split="test"), "the split is 'test', but ArrayFamily has meta-train"),
        (lambda t: hm.evaluate(t, description="x"), "description is 'x', but it must be 'own' or 'other'"),
        (lambda t: hm.evaluate(t, tasks=1, description="other"), "there are no two tasks with descriptions"),
        (lambda t: hm.evaluate(t, steps=0), "steps is 0, but it must be at least 1"),
        (lambda t: hm.train("maml", t.family, iterations=1), "the method is 'maml', but it must be a configuration"),
        (lambda t: hm.train(hm.MAML(), X, iterations=1), "but it must be a family of tasks"),
        (lambda t: hm.train(hm.MAML(), t.family, iterations=0), "iterations is 0, but it must be at least 1"),
        (lambda t: hm.train(hm.MAML(), t.family, iterations=1, seed=-1), "seed is -1"),
        (lambda t: hm.train(hm.MAML(), t.family, iterations="5"), "iterations is 5, but it must be a whole number"),
        (lambda t: t.adapt(X[0, :5], Y[0, :5], description=[1.0], steps=1.5), "steps is 1.5, but it must be a whole"),
        (lambda t: t.initialize(X[0, :5], description=[1.0]), "the support set needs x and y: give both or none"),
        (lambda t: hm.evaluate(t, 3), "the family is 3, but it must be a family of tasks"),
        (lambda t: hm.evaluate(hm.MAML(), t.family), "but it must be what train or load returns"),
        (
            lambda t: hm.evaluate(t, hm.ArrayFamily(X, Y[..., 0] > 1, shots=3)),
            "the models of ArrayFamily have other shapes",
        ),
        (lambda t: hm.evaluate(t, hm.families.Sine()), "have other shapes than those of the training"),
        (lambda t: hm.train(hm.MAML(inner_lr="a"), t.family), "inner_lr is a, but it must be a number"),
    ],
)
def test_what_does_not_fit_is_one_sentence(trained, call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(trained)


def test_a_loaded_method_is_evaluated_on_a_family_with_its_classes(tmp_path):
    def named(low, high):
        return hm.ArrayFamily(X, np.where(Y[..., 0] > 0, high, low), shots=5)

    hm.train(hm.MAML(), named("low", "up"), iterations=1, meta_batch=2, steps=1).save(tmp_path / "m")
    again = hm.load(tmp_path / "m")
    with pytest.raises(ValueError, match="a saved method has no tasks: give the family of your data"):
        hm.evaluate(again)
    with pytest.raises(ValueError, match="the classes are up, zero, but those of the training are low, up"):
        hm.evaluate(again, named("zero", "up"))
    model = again.adapt(X[0, :5], ["low", "up"] * 2 + ["up"], steps=np.int64(1))
    assert set(model.predict(X[0])) <= {"low", "up"}


def test_predictions_of_tables_of_any_length_share_programs(trained, monkeypatch):
    traced, whole = [], AbstractExampleFamily.predict

    def counted(self, learner, x):
        traced.append(x.shape)
        return whole(self, learner, x)

    jax.clear_caches()
    monkeypatch.setattr(AbstractExampleFamily, "predict", counted)
    model = trained.initialize(description=[1.0])
    expected = model.predict(X[0])
    for count in (1, 5, 6, 7, 8, 9):
        np.testing.assert_allclose(model.predict(X[0, :count]), expected[:count], rtol=1e-6)
    assert sorted(traced) == [(1, 1), (8, 1), (16, 1)]
