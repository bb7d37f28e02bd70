import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.families.sampled import SampledFamily

KEY = jax.random.key(0)


class Lines(SampledFamily):
    """y = slope · x + intercept; the slope is known."""

    def sample_task(self, key):
        return jax.random.normal(key, (2,))

    def sample_examples(self, task, n, key):
        x = jax.random.normal(key, (n, 1))
        return x, task[0] * x[:, 0] + task[1]

    def describe(self, task):
        return task[:1]


class Signs(Lines):
    """Whether a point lies above a line."""

    def sample_examples(self, task, n, key):
        x = jax.random.normal(key, (n, 2))
        return x, jnp.asarray(x[:, 1] > task[0] * x[:, 0], int)


class Undescribed(Lines):
    """Nothing is known."""

    def describe(self, task):
        return jnp.zeros(0)


def test_a_task_is_described_and_the_oracle_reads_all_of_it():
    family = Lines(shots=3, queries=4)
    tasks = family.sample(5, split="meta-train", key=KEY)
    info = family.task_infos(tasks, key=KEY)
    np.testing.assert_array_equal(info.description, tasks[:, :1])
    np.testing.assert_array_equal(info.parameters, tasks)
    assert (family.input_shape, family.output_shape, family.description_size) == ((1,), (), 1)
    assert Undescribed().description_size == 0


def test_splits_share_no_task():
    family = Lines()
    drawn = [np.asarray(family.sample(50, split=split, key=KEY)) for split in family.splits]
    assert not set(drawn[0][:, 0]) & set(drawn[1][:, 0])
    assert not set(drawn[1][:, 0]) & set(drawn[2][:, 0])


def test_a_test_has_its_own_number_of_queries():
    family = Lines(shots=3, queries=4, test_examples=20)
    support, query = family.test_set(jnp.asarray([1.0, 0.0]), support_key=KEY, query_key=KEY)
    assert (len(support.x), len(query.x)) == (3, 20)
    np.testing.assert_allclose(query.y, query.x[:, 0], rtol=1e-6)


def test_outputs_without_an_axis_are_predicted_without_one():
    family = Lines()
    learner = family.learner(key=KEY)
    assert family.predict(learner, jnp.ones((7, 1))).shape == (7,)


def test_classes_have_an_accuracy():
    family = Signs(classes=2)
    assert list(family.metrics) == ["accuracy", "loss"]
    learner = family.learner(key=KEY)
    _, query = family.test_set(jnp.asarray([1.0, 0.0]), support_key=KEY, query_key=KEY)
    assert 0 <= float(family.score(learner, None, query)["accuracy"]) <= 1
    assert family.predict(learner, query.x).shape == (100,)


def test_outputs_must_fit_the_classes():
    with pytest.raises(ValueError, match="outputs are whole numbers, but classes must say how many there are"):
        Signs()
    with pytest.raises(ValueError, match="outputs are of the type float32, but classes need whole numbers"):
        Lines(classes=2)


def test_examples_have_an_axis():
    class Flat(Lines):
        def sample_examples(self, task, n, key):
            return task[0], task[1]

    with pytest.raises(ValueError, match="their first axis must be the n examples"):
        Flat()


def test_numbers_are_checked():
    with pytest.raises(ValueError, match="Lines: shots is 0, but it must be at least 1"):
        Lines(shots=0)
    with pytest.raises(ValueError, match="Lines: test_examples is 0"):
        Lines(test_examples=0)


class Fixed(Lines):
    """Gives one example, whatever is asked."""

    def sample_examples(self, task, n, key):
        return jnp.ones((1, 1)), jnp.ones(1)


class Columns(Signs):
    """Gives each class an axis of its own."""

    def sample_examples(self, task, n, key):
        x, y = super().sample_examples(task, n, key)
        return x, y[:, None]


class Squares(Lines):
    """Describes a task by a matrix."""

    def describe(self, task):
        return jnp.ones((2, 2))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Fixed(), r"sample_examples with n = 2 gave arrays of shapes \(1, 1\) and \(1,\)"),
        (lambda: Columns(classes=2), r"outputs are classes of shape \(1,\), but a class is one number"),
        (lambda: Squares(), r"describe gave an array of shape \(2, 2\), but it must be \(numbers,\)"),
        (lambda: Lines(shots=2.5), "Lines: shots is 2.5, but it must be a whole number"),
        (lambda: Lines(test_examples=0), "Lines: test_examples is 0, but it must be at least 1"),
    ],
)
def test_what_would_be_broadcast_is_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
