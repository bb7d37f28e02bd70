"""Linear regression, where all is known in closed form: the meta-gradient, and the best initialization."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._core.collect import collect
from hypermaml._core.evaluate import evaluate
from hypermaml._core.family import AbstractFamily, Metric
from hypermaml._core.meta_loss import meta_gradient
from hypermaml._core.method import Method
from hypermaml._core.objective import after_adaptation
from hypermaml._core.task_info import TaskInfo
from hypermaml._core.train import train
from hypermaml.adapt.adjoint import Backprop, FirstOrder
from hypermaml.adapt.rule import SGD
from hypermaml.adapt.unroll import Unroll
from hypermaml.embed.simple import NoEmbedding
from hypermaml.embed.standardized import Standardized, given_descriptor
from hypermaml.init.dense import DenseChange
from hypermaml.init.generator import Generator
from hypermaml.init.shared import Constant
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.methods.hypermaml_constant import HyperMAMLConstant
from hypermaml.methods.maml import MAML
from hypermaml.methods.pretrained import Pretrained

MEANS = np.asarray([[-2.0, 1.0, 0.0], [0.0, 5.0, 1.0], [5.0, 0.0, 0.5]])  # slopes and intercept of three tasks


class Line(eqx.Module):
    """y = slope · x + intercept."""

    slope: jax.Array
    intercept: jax.Array

    def __call__(self, x):
        return x @ self.slope + self.intercept


class Lines(AbstractFamily):
    """The tasks of `MEANS` in turn, without noise."""

    shots: int = eqx.field(static=True, default=4)
    queries: int = eqx.field(static=True, default=5)

    metrics: ClassVar = {"mse": Metric()}

    def sample(self, n, *, split, key):
        return jnp.asarray(MEANS)[jnp.arange(n) % len(MEANS)]

    def task_info(self, task, *, key):
        return TaskInfo(task, task)

    def batch(self, learner, task, *, size, key):
        x = jax.random.normal(key, (size, 2))
        return x, Line(task[:2], task[2])(x)

    def inner_loss(self, learner, batch):
        x, y = batch
        return jnp.mean(jnp.square(learner(x) - y))

    def outer_loss(self, learner, batch):
        return self.inner_loss(learner, batch)

    def score(self, learner, task, query):
        error = jnp.append(learner.slope, learner.intercept) - task
        return {"mse": jnp.sum(jnp.square(error))}  # E over standard normal x

    def learner(self, *, context=0, key):
        assert context == 0
        return Line(jax.random.normal(key, (2,)), jnp.zeros(()))


def flat(line):
    return np.append(line.slope, line.intercept)


def slope_of_loss(weights, batch):
    """The gradient and the Hessian of the loss, in [slope, intercept]."""
    x = np.column_stack([batch[0], np.ones(len(batch[0]))])
    return 2 * x.T @ (x @ weights - batch[1]) / len(x), 2 * x.T @ x / len(x)


def pulled_back(weights, support, query, *, rates, clip, steps, first_order):
    """The adapted loss's gradient at the weights that adaptation starts from, and in the rates."""
    jacobian, in_rates = np.eye(3), np.zeros((3, 3))
    for _ in range(steps):
        gradient, hessian = slope_of_loss(weights, support)
        norm = np.linalg.norm(gradient)
        if norm > clip:
            hessian = clip / norm * (np.eye(3) - np.outer(gradient, gradient) / norm**2) @ hessian
            gradient = clip / norm * gradient
        if first_order:
            hessian = np.zeros((3, 3))
        step = np.eye(3) - np.diag(rates) @ hessian
        jacobian, in_rates = step @ jacobian, step @ in_rates - np.diag(gradient)
        weights = weights - rates * gradient
    outer, _ = slope_of_loss(weights, query)
    return outer @ jacobian, outer @ in_rates


def closed_form(method, data, **how):
    """For each task: the embedding, and the gradients at its start and in the rates."""
    for task in range(len(MEANS)):
        embedding = method.embed(jax.tree.map(lambda leaf, task=task: leaf[task], data.task_info))
        support = [np.asarray(leaf)[task] for leaf in data.task_info.support]  # one set, replayed at each step
        query = [np.asarray(leaf)[task] for leaf in data.query[0]]
        yield embedding, *pulled_back(flat(method.init(embedding)), support, query, **how)


def generator(key):
    learner = Lines().learner(key=key)
    fresh = Generator(DenseChange(learner, 3, width=6, key=key), learner)
    leaves, structure = jax.tree.flatten(fresh)
    keys = jax.random.split(key, len(leaves))
    shaken = [leaf + 0.3 * jax.random.normal(k, leaf.shape) for k, leaf in zip(keys, leaves, strict=True)]
    return jax.tree.unflatten(structure, shaken)


def close(got, expected):
    np.testing.assert_allclose(np.ravel(got), np.ravel(expected), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("clip", [np.inf, 1.0])
@pytest.mark.parametrize(("steps", "adjoint"), [(1, Backprop()), (3, Backprop()), (2, FirstOrder())])
def test_meta_gradient_in_closed_form(float64, steps, adjoint, clip):
    rates = {"slope": 0.1, "intercept": 0.2}
    how = {"rates": np.asarray([0.1, 0.1, 0.2]), "clip": clip, "steps": steps, "first_order": adjoint == FirstOrder()}
    family, objective, key = Lines(), after_adaptation(steps), jax.random.key(0)
    tasks = family.sample(len(MEANS), split="meta-train", key=key)
    embed = Standardized.fit(given_descriptor, family.task_infos(tasks, key=key))
    adapt = Unroll(SGD(Line(*map(jnp.asarray, rates.values())), clip=clip), adjoint)  # trained rates, one for each leaf
    data = collect(Method(NoEmbedding(), Constant(family.learner(key=key)), adapt), objective, family, tasks, key=key)

    maml = Method(NoEmbedding(), Constant(family.learner(key=key)), adapt)
    gradient, _ = eqx.filter_jit(meta_gradient)(maml, objective, family, data)
    _, at_start, in_rates = (np.asarray(part) for part in zip(*closed_form(maml, data, **how), strict=True))
    close(flat(gradient.init.learner), at_start.mean(0))
    slopes, intercept = in_rates.mean(0)[:2], in_rates.mean(0)[2]
    close(flat(gradient.adapt.rule.rate), [slopes.sum(), intercept])

    hyper = Method(embed, generator(key), adapt)
    gradient, _ = eqx.filter_jit(meta_gradient)(hyper, objective, family, data)
    embeddings, at_start, _ = (np.asarray(part) for part in zip(*closed_form(hyper, data, **how), strict=True))
    close(flat(gradient.init.bias), at_start.mean(0))
    features, pull = jax.vjp(
        lambda hidden: features_of(hyper.init, hidden, embeddings), hyper.init.change.features.hidden
    )
    in_head = at_start.T @ features / features.size  # the width times the number of tasks
    close(gradient.init.change.weight.slope, in_head[:2].T)
    close(gradient.init.change.weight.intercept, in_head[2])
    head = np.append(hyper.init.change.weight.slope, hyper.init.change.weight.intercept[:, None], axis=1).T
    (in_hidden,) = pull(at_start @ head / features.size)
    jax.tree.map(close, gradient.init.change.features.hidden, in_hidden)


def features_of(generator, hidden, embeddings):
    return jax.vmap(eqx.tree_at(lambda f: f.hidden, generator.change.features, hidden))(embeddings)


def trained(settings):
    """The learner before adaptation, for each task, after meta-training; and its squared error by step."""
    family = Lines(shots=8, queries=24)
    system = settings.build(family, key=jax.random.key(0))
    *_, (state, _) = train(system, family, iterations=600, meta_batch=30, chunk=300, key=jax.random.key(1))
    tasks = family.sample(3, split="meta-test", key=jax.random.key(2))
    adaptation = evaluate(state.method, family, tasks, steps=1, key=jax.random.key(3))
    starts = jax.tree.map(lambda leaf: np.asarray(leaf)[:, 0], adaptation.learners)
    return np.column_stack([starts.slope, starts.intercept]), np.asarray(adaptation.scores["mse"])


@pytest.mark.parametrize("settings", [MAML, Pretrained, pytest.param(HyperMAMLConstant, marks=pytest.mark.product)])
def test_without_a_description_the_best_start_is_the_mean_of_the_tasks(settings):
    """The adapted loss is a quadratic form of the start's distance to the task, the same form for all tasks."""
    starts, errors = trained(settings(inner_lr=0.1, outer_lr=0.03))
    np.testing.assert_array_equal(starts, np.broadcast_to(starts[0], starts.shape))
    np.testing.assert_allclose(starts[0], MEANS.mean(0), atol=0.25)
    assert np.all(errors[:, 1] < errors[:, 0])


def test_with_a_description_the_best_start_is_the_task_itself():
    starts, _ = trained(HyperMAML(inner_lr=0.1, outer_lr=0.03, generator=hm.Dense(width=16)))
    np.testing.assert_allclose(starts, MEANS, atol=0.25)
