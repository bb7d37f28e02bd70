import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm
from hypermaml.families.arrays import ArrayFamily
from hypermaml.families.examples import Examples

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)


def arrays(tasks=10, examples=8):
    """Each example is known by its input: task · 100 + example."""
    x = (100 * np.arange(tasks)[:, None] + np.arange(examples))[..., None].astype(float)
    return x, 2 * x


def family(**options) -> ArrayFamily:
    x, y = arrays()
    return ArrayFamily(x, y, **{"shots": 3, "descriptions": np.arange(10.0), **options})


def test_fewer_examples_than_shots_make_a_smaller_step():
    some = family()
    learner = some.learner(key=KEY)
    whole = some.batch(None, jnp.asarray(0), size=3, key=KEY)
    for count, share in ((3, 1.0), (1, 1 / 3)):
        few = Examples(whole.x[:count], whole.y[:count], whole.mask[:count])
        padded = eqx.tree_at(lambda b: b.mask, whole, (jnp.arange(3) < count).astype(float))
        for batch in (few, padded):
            np.testing.assert_allclose(
                some.inner_loss(learner, batch), share * some.outer_loss(learner, batch), rtol=1e-6
            )
    empty = eqx.tree_at(lambda b: b.mask, whole, jnp.zeros(3))
    assert some.inner_loss(learner, empty) == 0
    more = some.batch(None, jnp.asarray(0), size=7, key=KEY)
    assert some.inner_loss(learner, more) == some.outer_loss(learner, more)


def test_a_family_without_test_tasks_is_for_training_alone(tmp_path):
    some = family(splits={"meta-validation": [2], "meta-train": [0, 1]})
    assert some.splits == ("meta-train", "meta-validation")
    assert some.test_splits == ()
    with pytest.raises(ValueError, match="has no split for tests: give one that is named meta-test"):
        hm.compare({"maml": hm.MAML()}, some, iterations=1, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_tasks_are_parted_and_none_is_in_two_splits():
    some = family()
    assert some.splits == ("meta-train", "meta-validation", "meta-test")
    members = [np.asarray(own).tolist() for own in some.members]
    assert [len(own) for own in members] == [7, 1, 2]
    assert sorted(task for own in members for task in own) == list(range(10))
    other = family(split_seed=1)
    assert [np.asarray(own).tolist() for own in other.members] != members


def test_given_splits_keep_their_names():
    some = family(splits={"meta-test": [3], "meta-train": [0, 1], "meta-validation": [2], "far": [4, 5]})
    assert some.splits == ("meta-train", "meta-validation", "meta-test", "far")
    assert some.test_splits == ("meta-test", "far")
    assert set(np.asarray(some.sample(9, split="far", key=KEY)).tolist()) == {4, 5}
    assert some.count("far") == 2


def test_tasks_of_a_split_come_in_turn():
    drawn = np.asarray(family().sample(14, split="meta-train", key=KEY))
    assert sorted(drawn[:7]) == sorted(drawn[7:]) == sorted(np.asarray(family().members[0]))


def test_support_and_query_never_share_an_example():
    some = family()
    for seed in range(20):
        support, query = some.test_set(jnp.asarray(4), support_key=jax.random.key(seed), query_key=KEY)
        seen = [*np.ravel(support.x), *np.ravel(query.x)]
        assert sorted(seen) == list(400 + np.arange(8.0))
        assert len(support.x) == 3
    np.testing.assert_array_equal(support.y, 2 * support.x)


def test_tasks_of_different_lengths_use_their_own_examples_and_no_padding():
    x = [np.full((n, 1), float(n)) for n in (4, 6, 9)]
    some = ArrayFamily(x, [2 * each for each in x], shots=3, queries=4)
    for task, length in enumerate((4, 6, 9)):
        batch = some.batch(None, jnp.asarray(task), size=9, key=KEY)
        assert int(batch.mask.sum()) == length
        np.testing.assert_array_equal(batch.x[batch.mask > 0], length)
    learner = jax.tree.map(jnp.zeros_like, some.learner(key=KEY))
    batch = some.batch(None, jnp.asarray(0), size=7, key=KEY)
    assert float(some.inner_loss(learner, batch)) == pytest.approx(64)  # of the four examples alone
    _, query = some.test_set(jnp.asarray(0), support_key=KEY, query_key=KEY)
    assert float(some.score(learner, None, query)["mse"]) == pytest.approx(64)


def test_names_are_classes_and_come_back_as_names():
    x, y = RNG.normal(size=(5, 6, 2)), RNG.choice(["ham", "spam"], (5, 6))
    some = ArrayFamily(x, y, shots=2)
    assert (some.classes, some.class_values) == (2, ("ham", "spam"))
    assert list(some.metrics) == ["accuracy", "loss"]
    assert some.higher_is_better
    batch = some.as_batch(x[0], y[0])
    np.testing.assert_array_equal(some.as_predictions(np.asarray(batch.y), x[0]), y[0])
    with pytest.raises(ValueError, match="a class is 'eggs', but the classes are ham, spam"):
        some.as_batch(x[0], ["eggs"] * 6)


def test_truth_values_are_classes_and_floats_are_numbers():
    x = RNG.normal(size=(4, 5, 1))
    assert ArrayFamily(x, x[..., 0] > 0, shots=2).classes == 2
    assert ArrayFamily(x, x, shots=2).classes == 0
    assert ArrayFamily(x[..., 0], x[..., 0], shots=2).input_shape == (1,)


def test_classes_in_a_file_are_those_of_the_arrays(tmp_path):
    x = RNG.normal(size=(4, 5, 1))
    (tmp_path / "few.csv").write_text("x,y\n0.5,true\n1.5,False\n")
    assert ArrayFamily(x, x[..., 0] > 0, shots=2).read_examples(tmp_path / "few.csv")[1] == [True, False]
    (tmp_path / "few.csv").write_text("0.5,1.0\n1.5,7\n")
    whole = ArrayFamily(x, (x[..., 0] > 0).astype(int), shots=2)
    assert whole.read_examples(tmp_path / "few.csv")[1] == [1, "7"]


def test_a_loss_of_ones_own_counts_beside_the_squared_error():
    x, y = arrays()
    some = ArrayFamily(x, y, shots=3, loss=lambda out, y: jnp.sum(jnp.abs(out - y)))
    learner = jax.tree.map(jnp.zeros_like, some.learner(key=KEY))
    batch = some.as_batch(x[0], y[0])
    assert float(some.inner_loss(learner, batch)) == pytest.approx(np.abs(y[0]).mean())
    assert set(some.score(learner, None, batch)) == {"mse", "loss"}


def test_outputs_are_not_rearranged():
    x, y = RNG.normal(size=(4, 5, 1)), RNG.normal(size=(4, 5, 2, 3))
    some = ArrayFamily(x, y, shots=2)
    with pytest.raises(ValueError, match=r"an output has the shape \(3, 2\), but it must be \(2, 3\)"):
        some.as_batch(x[0], np.swapaxes(y[0], 1, 2))
    np.testing.assert_array_equal(family().as_batch([[1.0]], [2.0]).y, [[2.0]])


def test_numbers_in_an_array_of_objects_are_numbers():
    x, y = arrays()
    assert ArrayFamily(x, list(y.astype(object)), shots=3).classes == 0
    assert ArrayFamily(x, y.astype(object), shots=3).classes == 0
    assert ArrayFamily(x, jnp.asarray(y, jnp.bfloat16), shots=3).classes == 0


def test_predictions_of_another_shape_than_the_targets_have_the_loss_alone():
    def likelihood(out, y):
        return out[1] + 0.5 * jnp.square(out[0] - y[0]) * jnp.exp(-2 * out[1])

    some = family(model=lambda key: eqx.nn.Linear(1, 2, key=key), loss=likelihood)
    assert list(some.metrics) == ["loss"]
    batch = some.as_batch(X[0], Y[0])
    assert set(some.score(some.learner(key=KEY), None, batch)) == {"loss"}
    assert some.predict(some.learner(key=KEY), batch.x).shape == (8, 2)


def test_any_module_is_a_model():
    x, y = arrays()
    some = ArrayFamily(x, y, shots=3, model=lambda key: eqx.nn.MLP(1, 1, 4, 1, activation=jnp.tanh, key=key))
    learner = some.learner(key=KEY)
    assert isinstance(learner.module, eqx.nn.MLP)
    assert not some.networks
    with pytest.raises(ValueError, match="the model is the user's own"):
        some.learner(context=1, key=KEY)


def test_without_its_tasks_it_still_reads_a_task_of_the_user():
    empty = family().without_tasks()
    assert empty.x.shape == (0, 8, 1)
    assert empty.description_size == 1
    assert empty.as_task_info([3.0]).description == 3
    assert empty.as_batch([[1.0]], [[2.0]]).x.shape == (1, 1)


X, Y = arrays()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: ArrayFamily(X, Y[:9], shots=3), "x has 10 tasks and y has 9, but they must have the same"),
        (lambda: ArrayFamily(X, Y[:, :7], shots=3), "task 0 has 8 inputs and 7 outputs"),
        (lambda: ArrayFamily(X, Y, shots=8), "task 0 has 8 examples, but 8 shots and a query need 9"),
        (lambda: ArrayFamily(X, Y, shots=0), "shots is 0, but it must be at least 1"),
        (lambda: ArrayFamily(X, Y, shots=3, queries=6), "queries is 6, but it must be from 1 to 5"),
        (lambda: ArrayFamily(X[:2], Y[:2], shots=3), "there are 2 tasks, but three splits need at least 3"),
        (lambda: ArrayFamily([], [], shots=3), "x has no tasks"),
        (lambda: ArrayFamily(np.where(X == 203, np.nan, X), Y, shots=3), "x of task 2 is not finite in example 3"),
        (lambda: ArrayFamily(X, Y, shots=3, descriptions=np.ones((9, 2))), r"but it must be \(10, numbers\)"),
        (
            lambda: ArrayFamily(X, Y, shots=3, descriptions=[*range(9), np.inf]),
            "the description of task 9 is not finite in its number 0",
        ),
        (lambda: ArrayFamily(X, Y, shots=3, splits={"meta-train": [0]}), "splits have no meta-validation"),
        (
            lambda: family(splits={"meta-train": [0, 1], "meta-validation": [1], "meta-test": [2]}),
            "task 1 is in the splits meta-train and meta-validation",
        ),
        (
            lambda: family(splits={"meta-train": [0], "meta-validation": [10], "meta-test": [2]}),
            "the split meta-validation has task 10, but tasks go from 0 to 9",
        ),
        (lambda: family(splits={"meta-train": [0], "meta-validation": [1], "meta-test": []}), "meta-test has no task"),
        (lambda: family(model=lambda key: eqx.nn.Linear(1, 2, key=key)), r"of shape \(2,\), but it must be \(1,\)"),
        (
            lambda: family(model=lambda key: eqx.nn.Linear(3, 1, key=key)),
            r"the model fails on an input of",
        ),
        (lambda: family().sample(1, split="test", key=KEY), "the split is 'test', but ArrayFamily has meta-train"),
        (lambda: family().as_task_info([1.0, 2.0]), r"the description has the shape \(2,\), but ArrayFamily needs 1"),
        (
            lambda: family().as_batch(np.ones((3, 2)), np.ones(3)),
            r"an input has the shape \(2,\), but",
        ),
        (lambda: family().as_batch(np.ones((3, 1)), np.ones(2)), "there are 3 inputs and 2 outputs"),
        (lambda: family().as_batch([[np.nan]], [[1.0]]), "an input is not finite"),
        (lambda: family().as_batch([[1.0]], ["a"]), "outputs must be an array of real numbers"),
        (lambda: family().as_batch([["a"]], [1.0]), "inputs must be an array of real numbers"),
        (lambda: family().as_batch([[1.0]], 1.0), "there is one output without an axis of examples"),
        (lambda: family().as_inputs(np.zeros((0, 1))), "there are no inputs: give at least one"),
        (lambda: family().as_task_info("a"), "the description must be an array of real numbers"),
        (lambda: family().without_tasks().sample(1, split="meta-test", key=KEY), "give the family of your data"),
        (lambda: family(shots=2.5), "shots is 2.5, but it must be a whole number"),
        (lambda: family(queries="2"), "queries is '2', but it must be a whole number"),
        (lambda: family(hidden=8), "hidden is 8, but it must be widths of layers"),
        (lambda: family(hidden=(0,)), "a width of hidden is 0, but it must be at least 1"),
        (lambda: family(descriptions=["a"] * 10), "descriptions must be an array of real numbers"),
        (lambda: ArrayFamily(X + 1j, Y, shots=3), "x must be an array of real numbers"),
        (lambda: ArrayFamily(X, Y + 1j, shots=3), "y is of the type complex128, but it must be floating-point"),
        (lambda: ArrayFamily(X, "y", shots=3), "y is 'y', but it must be one array a task"),
        (lambda: ArrayFamily(X, (Y > 0)[..., 0], shots=3).as_batch([[1.0]], [[True]]), "must be one class an input"),
        (lambda: family(splits=["meta-train"] * 10), "splits must be the numbers of the tasks by the name"),
        (
            lambda: family(splits={"meta-train": [0.5], "meta-validation": [1], "meta-test": [2]}),
            "the split meta-train is not a list of the numbers of tasks",
        ),
        (
            lambda: family(splits={"meta-test": [True, False], "meta-validation": [1], "meta-train": [2]}),
            "the split meta-test is not a list of the numbers of tasks",
        ),
        (lambda: family(loss="mae"), "the loss fails on one prediction of shape"),
        (lambda: family(loss=lambda out, y: out - y), r"the loss of one example has the shape \(1,\)"),
    ],
)
def test_what_does_not_fit_is_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


class Tabled(eqx.Module):
    """A model with integers, which neither train nor adapt."""

    layer: eqx.nn.Linear
    table: jax.Array

    def __init__(self, key):
        self.layer, self.table = eqx.nn.Linear(1, 1, key=key), jnp.arange(2)

    def __call__(self, x):
        return self.layer(x) + self.table[1]


@pytest.mark.parametrize("method", ["MAML", "HyperMAML", "HyperMAMLMetaSGD"])
def test_integers_of_a_model_stay_integers(method):
    import hypermaml as hm

    trained = hm.train(getattr(hm, method)(), family(model=Tabled), iterations=1, meta_batch=2)
    model = trained.adapt(X[0, :3], Y[0, :3], description=[0.0], steps=1)
    np.testing.assert_array_equal(model.module.table, [0, 1])
    assert model.module.table.dtype == jnp.int32


@pytest.mark.parametrize("method", ["ANIL", "Conditioned", "Oracle", "LEO", "MMAML", "CAVIA"])
def test_a_method_that_needs_a_network_says_so(method):
    import hypermaml as hm

    with pytest.raises(ValueError, match=f"{method} needs a network whose inputs, features or last layer it knows"):
        hm.train(getattr(hm, method)(), family(model=Tabled), iterations=1)
