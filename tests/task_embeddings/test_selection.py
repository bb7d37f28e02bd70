import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.trees import NonTrainable
from hypermaml.embed.task2vec import FisherEmbedding
from hypermaml.families.regression import inputs, outputs
from hypermaml.nn.likelihood import Gaussian
from hypermaml.nn.mlp import MLP
from hypermaml.task_embeddings.selection import choice, nearest_source


def test_the_worth_of_a_choice_by_hand():
    scores = np.asarray([[1.0, 3.0], [4.0, 2.0], [0.0, 6.0]])
    found = choice(scores, np.asarray([0, 1, 1]), higher_is_better=False)
    assert found.chosen == pytest.approx((1 + 2 + 6) / 3)
    assert found.average == pytest.approx((2 + 3 + 3) / 3)
    assert found.best == pytest.approx((1 + 2 + 0) / 3)
    assert found.gain == pytest.approx(((2 - 1) + (3 - 2) + (3 - 6)) / 3)
    assert found.low <= found.gain <= found.high
    better = choice(scores, np.asarray([1, 0, 1]), higher_is_better=True)
    assert better.best == better.chosen == pytest.approx((3 + 4 + 6) / 3)
    assert better.gain - better.low == pytest.approx(4.303 * np.std([1, 1, 3], ddof=1) / np.sqrt(3), rel=1e-3)


def test_the_nearest_source_is_the_one_alike_and_of_equals_the_more_complex_one():
    embed = FisherEmbedding(
        NonTrainable(MLP((1, 2, 1), key=jax.random.key(0))), inputs, outputs, Gaussian(), NonTrainable(0.01)
    )
    sources = jnp.asarray([[1.0, 0.02], [0.02, 1.0], [0.5, 0.5]])
    np.testing.assert_array_equal(nearest_source(embed, sources, sources[:2]), [0, 1])
