"""Planted faults: each is found, and has its name."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import hypermaml as hm
from hypermaml._check.descriptions import check_target
from hypermaml._check.run import findings
from hypermaml._check.splits import check_support
from hypermaml._check.subject import Subject
from hypermaml._core.family import Metric
from hypermaml.nn.masked import masked_mean

FILE = "test_faults.py, line "
RNG = np.random.default_rng(0)


class Lines(hm.SampledFamily):
    """Lines through the origin with an offset; the description is the slope."""

    shots: int = eqx.field(static=True, default=4)
    queries: int = eqx.field(static=True, default=4)
    test_examples: int = eqx.field(static=True, default=8)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(6,))

    def sample_task(self, key):
        return jax.random.normal(key, (2,))

    def sample_examples(self, task, n, key):
        x = jax.random.normal(key, (n, 1))
        return x, jnp.sin(x) * task[0] + task[1]

    def describe(self, task):
        return task[:1]


class NumPyTasks(Lines):
    def sample_task(self, key):
        return jax.random.normal(key, (2,)) + np.random.normal()


class NumPyExamples(Lines):
    def sample_examples(self, task, n, key):
        x = jax.random.normal(key, (n, 1))
        return x, task[0] * x + 0.1 * np.random.normal(size=(n, 1))


class StoredKey(Lines):
    def sample_examples(self, task, n, key):
        return super().sample_examples(task, n, jax.random.key(0))


class TasksOfOneKey(Lines):
    def sample(self, n, *, split, key):
        return jax.vmap(self.sample_task)(jax.random.split(jax.random.key(1), n))


class EqualTasks(Lines):
    def sample(self, n, *, split, key):
        return jnp.tile(self.sample_task(self.split_key(split, key)), (n, 1))


class IgnoredTask(Lines):
    def sample_examples(self, task, n, key):
        return super().sample_examples(jnp.ones(2), n, key)


class OneStream(Lines):
    def sample(self, n, *, split, key):
        return jax.vmap(self.sample_task)(jax.random.split(key, n))


class FewTasks(Lines):
    def sample_task(self, key):
        return jax.random.randint(key, (2,), 0, 4).astype(float)


class SupportInQuery(Lines):
    def test_set(self, task, *, support_key, query_key):
        support, query = super().test_set(task, support_key=support_key, query_key=query_key)
        return support, jax.tree.map(lambda a, b: jnp.concatenate([a, b]), support, query)


class FewInputs(Lines):
    def sample_examples(self, task, n, key):
        x = jax.random.randint(key, (n, 1), 0, 3).astype(float)
        return x, task[0] * x


class Constant(Lines):
    def describe(self, task):
        return jnp.array([1.0, 2.0])


class Untold(Lines):
    def describe(self, task):
        return jnp.zeros(0)


class Noise(Lines):
    def task_info(self, task, *, key):
        return hm.TaskInfo(jax.random.normal(key, (2,)), task)


class Leaked(Lines):
    """Targets are those of the point 1, which is in each query; the description holds it."""

    def test_set(self, task, *, support_key, query_key):
        support, query = super().test_set(task, support_key=support_key, query_key=query_key)
        y = self.describe(task)
        return support, eqx.tree_at(lambda q: (q.x, q.y), query, (query.x.at[3].set(1.0), query.y.at[3].set(y)))

    def describe(self, task):
        return jnp.sin(jnp.ones(1)) * task[0] + task[1]


class Level(Lines):
    def sample_examples(self, task, n, key):
        x, _ = super().sample_examples(task, n, key)
        return x, jnp.full((n, 1), task[0])


class PythonNumbers(Lines):
    def sample(self, n, *, split, key):
        return [jax.random.normal(self.split_key(split, key), (n,)), 2.0]


class ListField(Lines):
    sizes: list = eqx.field(static=True, default_factory=lambda: [1, 2])


class Factor(eqx.Module):
    numbers: jax.Array
    factor: float = eqx.field(static=True)


class NewStatic(Lines):
    def sample_task(self, key):
        return Factor(jax.random.normal(key, (2,)), 1.0)

    def sample(self, n, *, split, key):
        tasks = super().sample(n, split=split, key=key)
        known = not isinstance(key, jax.core.Tracer)
        return Factor(tasks.numbers, float(tasks.numbers[0, 0]) if known else 1.0)

    def sample_examples(self, task, n, key):
        return super().sample_examples(task.numbers, n, key)

    def describe(self, task):
        return task.numbers[:1]


class Cut(eqx.Module):
    one: eqx.nn.Linear
    two: eqx.nn.Linear

    def __init__(self, key):
        self.one, self.two = (eqx.nn.Linear(*sizes, key=key) for sizes in ((1, 6), (6, 1)))

    def __call__(self, x):
        return self.two(jax.lax.stop_gradient(jnp.tanh(self.one(x))))


class WholeCut(Cut):
    def __call__(self, x):
        return jax.lax.stop_gradient(super().__call__(x))


class NumPyLoss(Lines):
    def outer_loss(self, learner, batch):
        return jnp.mean(np.abs(np.asarray(self.outputs(learner, batch.x)) - batch.y))


class IfLoss(Lines):
    def inner_loss(self, learner, batch):
        loss = super().inner_loss(learner, batch)
        return loss if loss > 0 else -loss


class NewFunction(eqx.Module):
    layer: eqx.nn.Linear
    activation: object = eqx.field(static=True)

    def __init__(self, key):
        self.layer, self.activation = eqx.nn.Linear(1, 1, key=key), lambda x: jnp.tanh(x)

    def __call__(self, x):
        return self.activation(self.layer(x))


class WrongDerivative(Lines):
    def inner_loss(self, learner, batch):
        predicted = self.outputs(learner, batch.x)
        slope = 2 * jax.lax.stop_gradient(predicted - batch.y)
        return masked_mean((slope * predicted)[:, 0], batch.mask)


class Sum(Lines):
    def inner_loss(self, learner, batch):
        return jnp.sum(jnp.square(self.outputs(learner, batch.x) - batch.y)[:, 0] * batch.mask)


class Broadcast(Lines):
    def inner_loss(self, learner, batch):
        return jnp.mean(jnp.square(self.outputs(learner, batch.x) - batch.y[:, 0]))


class NoMask(Lines):
    def inner_loss(self, learner, batch):
        return jnp.mean(jnp.square(self.outputs(learner, batch.x) - batch.y))


class NotFinite(Lines):
    def sample_examples(self, task, n, key):
        x, y = super().sample_examples(task, n, key)
        return x, jnp.log(y)


class RandomScore(Lines):
    def score(self, learner, task, query):
        noise = jax.random.normal(jax.random.key(0), query.y.shape)
        return super().score(learner, task, eqx.tree_at(lambda q: q.y, query, query.y + noise))


class BlindScore(Lines):
    def score(self, learner, task, query):
        return {"mse": jnp.mean(jnp.square(query.y))}


class WrongWay(Lines):
    @property
    def metrics(self):
        return {"mse": Metric(higher_is_better=True)}


class OtherMetric(Lines):
    @property
    def metrics(self):
        return {"error": Metric()}


class OutOfRange(Lines):
    classes: int = eqx.field(static=True, default=3)

    def sample_examples(self, task, n, key):
        x = jax.random.normal(key, (n, 1))
        return x, (x[:, 0] > task[0]).astype(int) + 2


def copied(**options):
    x = RNG.normal(size=(12, 9, 1))
    x[9] = x[2]
    splits = {"meta-train": range(8), "meta-validation": [8], "meta-test": [9, 10, 11]}
    return hm.ArrayFamily(x, np.sin(x), shots=3, hidden=(6,), splits={k: list(v) for k, v in splits.items()}, **options)


FAULTS = {
    "NumPy decides tasks": (NumPyTasks, "keys", "NumPyTasks.sample_task"),
    "NumPy decides examples": (NumPyExamples, "keys", "NumPyExamples.sample_examples"),
    "examples of a stored key": (StoredKey, "keys", "StoredKey.sample_examples"),
    "tasks of a stored key": (TasksOfOneKey, "keys", "TasksOfOneKey.sample"),
    "equal tasks": (EqualTasks, "keys", "EqualTasks.sample"),
    "examples without the task": (IgnoredTask, "tasks", "IgnoredTask.sample_examples"),
    "one stream for all splits": (OneStream, "splits", "OneStream.sample"),
    "few tasks in all splits": (FewTasks, "splits", "FewTasks.sample_task"),
    "a task copied to the test": (copied, "splits", "ArrayFamily.sample"),
    "support in the query": (SupportInQuery, "support in query", "SupportInQuery.test_set"),
    "a constant description": (Constant, "description", "Constant.describe"),
    "a description of noise": (Noise, "description", "Noise.task_info"),
    "a description that holds a target": (Leaked, "target in description", "Leaked.describe"),
    "a description that is the level": (Level, "target in description", "Lines.describe"),
    "Python numbers in tasks": (PythonNumbers, "retracing", "PythonNumbers.sample"),
    "a list in a static field": (ListField, "retracing", "ListField.sizes"),
    "a static field that changes": (NewStatic, "retracing", "NewStatic.sample"),
    "a model of new functions": (lambda: Lines(model=NewFunction), "retracing", "Lines.model"),
    "stop_gradient in the model": (lambda: Lines(model=Cut), "gradient", "Lines.model"),
    "stop_gradient around the model": (lambda: Lines(model=WholeCut), "gradient", "Lines.model"),
    "a method without descriptions": (Untold, "description", "Untold.describe"),
    "a wrong derivative": (WrongDerivative, "meta-gradient", "WrongDerivative.inner_loss"),
    "NumPy in the loss": (NumPyLoss, "shapes", FILE),
    "an if in the loss": (IfLoss, "shapes", FILE),
    "a sum": (Sum, "mean loss", "Sum.inner_loss"),
    "shapes (n, 1) and (n,)": (Broadcast, "pairs", "Broadcast.inner_loss"),
    "a loss of padding": (NoMask, "padding", "NoMask.inner_loss"),
    "a logarithm of negative numbers": (NotFinite, "finite", "NotFinite.sample_examples"),
    "a score that draws": (RandomScore, "score", "RandomScore.score"),
    "a score of the targets alone": (BlindScore, "score", "BlindScore.score"),
    "a metric that is not there": (OtherMetric, "score", "OtherMetric.metrics"),
    "a metric of the wrong direction": (WrongWay, "direction", "WrongWay.metrics"),
    "a class out of range": (OutOfRange, "classes", "OutOfRange.sample_examples"),
}


@pytest.mark.parametrize("planted", FAULTS)
def test_a_fault_is_found_and_named(planted):
    make, name, where = FAULTS[planted]
    method = hm.HyperMAML() if make is Untold else hm.MAML()
    seen = []
    for finding in findings(Subject(make(), method, 0)):
        seen.append(finding)
        if finding.level != "ok":
            break
    assert (seen[-1].level, seen[-1].name) == ("error", name), "\n".join(map(str, seen))
    assert seen[-1].where.startswith(where)
    assert len(seen[-1].sentence) > 40


@pytest.mark.parametrize(("leaked", "level"), [(True, "warning"), (False, "ok")])
def test_the_mean_of_the_targets_of_a_table_is_found_in_its_descriptions(leaked, level):
    rng = np.random.default_rng(0)
    school = np.repeat(np.arange(20), rng.integers(6, 14, 20))
    pupils = pd.DataFrame({"school": school, "ses": rng.normal(size=len(school))})
    pupils["score"] = 50 + 10 * rng.normal(size=20)[school] + 5 * rng.normal(size=len(school))
    means = pupils.groupby("school")["score"].mean().to_numpy() if leaked else rng.normal(size=20)
    schools = pd.DataFrame({"school": np.arange(20), "mean": means})
    family = hm.TableFamily(
        pupils, task="school", target="score", descriptions=schools, shots=3, support_sizes=(), hidden=(6,)
    )
    (found,) = check_target(Subject(family, hm.MAML(), 0))
    assert (found.level, found.name) == (level, "target in description"), found


def test_inputs_that_repeat_are_a_warning():
    (found,) = check_support(Subject(FewInputs(), hm.MAML(), 0))
    assert (found.level, found.name) == ("warning", "support in query")


def test_an_error_of_jax_becomes_a_remedy():
    results = hm.check(NumPyLoss())
    assert "use jax.numpy instead of numpy" in str(results)
    assert not results.ok
    assert [finding.name for finding in results.warnings] == ["unfinished"]
    assert "jax.numpy.where or jax.lax.cond" in str(hm.check(IfLoss()))
