import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.task_info import TaskInfo
from hypermaml._core.trees import NonTrainable
from hypermaml.embed.task2vec import FisherEmbedding, asymmetric_distance, cosine_distance, distance_matrix
from hypermaml.families.regression import Examples, inputs, outputs
from hypermaml.nn.likelihood import Categorical, Gaussian
from hypermaml.nn.mlp import MLP

KEY = jax.random.key(0)
X = jnp.linspace(-5, 5, 40)
PRIOR = 1e-3


@pytest.fixture(scope="module")
def embed():
    made = FisherEmbedding(NonTrainable(MLP((1, 16, 12, 1), key=KEY)), inputs, outputs, Gaussian(), NonTrainable(PRIOR))
    compiled = jax.jit(lambda y: made(TaskInfo(jnp.zeros(0), jnp.zeros(0), support=Examples(X, y))))
    return lambda y: compiled(jnp.asarray(y))


def test_the_embedding_is_that_of_the_refitted_probe_by_hand(float64):
    """One hidden layer: the slope in the weight of unit u is v_u x where it is awake, so F_u = v_u² mean(awake x²)."""
    probe = MLP((1, 6, 1), key=KEY)
    made = FisherEmbedding(NonTrainable(probe), inputs, outputs, Gaussian(), NonTrainable(0.5), samples=3000)
    support = Examples(X.astype(float), jnp.sin(X.astype(float)))
    fitted = made.fitted(support)
    rows = np.append(np.asarray(jax.vmap(probe.features)(inputs(support))), np.ones((40, 1)), axis=1)
    solved = np.linalg.solve(rows.T @ rows / 40 + 1e-3 * np.eye(7), rows.T @ np.sin(X) / 40)
    np.testing.assert_allclose(fitted.head.weight[0], solved[:-1], rtol=1e-5)
    hidden = np.asarray(X)[:, None] * np.asarray(probe.layers[0].weight[:, 0]) + np.asarray(probe.layers[0].bias)
    expected = solved[:-1] ** 2 * np.mean((hidden > 0) * np.asarray(X)[:, None] ** 2, axis=0)
    seen = made(TaskInfo(jnp.zeros(0), jnp.zeros(0), support=support))
    np.testing.assert_allclose(seen - 0.5, expected, rtol=0.05, atol=1e-8)


def test_distances_by_hand():
    a, b = jnp.asarray([1.0, 3.0]), jnp.asarray([1.0, 1.0])
    one, other = np.asarray([0.5, 0.75]), np.asarray([0.5, 0.25])
    expected = 1 - one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert float(cosine_distance(a, b)) == pytest.approx(expected, rel=1e-5)
    assert float(cosine_distance(b, a)) == pytest.approx(expected, rel=1e-5)
    assert float(cosine_distance(a, a)) == pytest.approx(0, abs=1e-6)
    assert float(asymmetric_distance(a, b, b)) == pytest.approx(0.85 * expected, rel=1e-4)
    assert float(asymmetric_distance(b, a, b)) == pytest.approx(expected, rel=1e-4)
    matrix = distance_matrix(jnp.stack([a, b]))
    np.testing.assert_allclose(matrix, [[0, expected], [expected, 0]], atol=1e-6)


def test_a_task_that_needs_nothing_has_the_prior_and_comes_first_by_complexity(embed):
    tasks = {"constant": 0 * X, "slight": 0.02 * X, "line": X, "sine": 4 * jnp.sin(X)}
    rows = {name: embed(y) for name, y in tasks.items()}
    trivial = jnp.full_like(rows["sine"], PRIOR)
    np.testing.assert_allclose(rows["constant"], trivial, rtol=1e-4)
    complexity = {name: float(cosine_distance(row, trivial)) for name, row in rows.items()}
    assert sorted(complexity, key=complexity.get)[:2] == ["constant", "slight"]
    # Transfer from a complex task to a trivial one is nearer than the way back, which the symmetric form cannot tell.
    there = float(asymmetric_distance(rows["sine"], rows["slight"], trivial))
    back = float(asymmetric_distance(rows["slight"], rows["sine"], trivial))
    assert there < back


def test_like_tasks_are_near(embed):
    one, like, other = (embed(amplitude * jnp.sin(X - phase)) for amplitude, phase in ((4, 0.4), (3.8, 0.5), (1, 2.7)))
    assert float(cosine_distance(one, like)) < 0.5 * float(cosine_distance(one, other))


def test_a_classification_has_an_embedding_and_the_labels_order_does_not_matter_much():
    probe = MLP((2, 8, 3), key=KEY)
    made = FisherEmbedding(
        NonTrainable(probe), lambda s: s[0], lambda s: s[1], Categorical(), NonTrainable(PRIOR), samples=200
    )
    x = jax.random.normal(KEY, (30, 2))
    labels = jnp.argmax(x @ jnp.asarray([[1.0, 0.0, -1.0], [0.0, 1.0, -1.0]]), axis=1)
    embed = jax.jit(lambda labels: made(TaskInfo(jnp.zeros(0), jnp.zeros(0), support=(x, labels))))
    one, turned, other = embed(labels), embed((labels + 1) % 3), embed(jax.random.randint(KEY, (30,), 0, 3))
    assert one.shape == (8,)
    assert np.all(one > PRIOR)
    assert float(cosine_distance(one, turned)) < 0.3 * float(cosine_distance(one, other))


def test_a_family_without_a_likelihood_says_so():
    with pytest.raises(ValueError, match="Task2Vec needs the likelihood of a label, and object tells none"):
        AbstractSupervisedFamily.likelihood.fget(object())
