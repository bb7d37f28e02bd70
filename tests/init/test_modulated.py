import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from hypermaml.init.modulated import Modulated
from hypermaml.init.shared import Blank, Selected
from hypermaml.nn.mlp import MLP
from hypermaml.nn.wrappers import FiLM

KEY = jax.random.key(0)
NETWORK = MLP((2, 3, 4, 1), key=KEY)
X = jnp.asarray([0.5, -1.5])


def test_an_untrained_modulation_changes_nothing():
    learner = Modulated(NETWORK, 5)(jnp.arange(5.0))
    np.testing.assert_array_equal(learner(X), NETWORK(X))
    assert learner.head is learner.network.head


def test_gains_and_shifts_by_hand():
    films = ((jnp.asarray([0.5, 0.0, -1.0]), jnp.asarray([0.0, 1.0, 0.2])), (jnp.full(4, 2.0), jnp.full(4, -0.1)))
    first, second, last = NETWORK.layers
    h = jax.nn.relu((first(X)) * jnp.asarray([1.5, 1.0, 0.0]) + films[0][1])
    h = jax.nn.relu(second(h) * 3.0 - 0.1)
    np.testing.assert_allclose(FiLM(NETWORK, films)(X), last(h), rtol=1e-5)


def test_modulation_is_linear_in_the_embedding():
    init = Modulated(NETWORK, 2)
    draw = jax.random.normal(KEY, (3, 3))
    init = eqx.tree_at(lambda i: i.gains, init, (draw, init.gains[1]))
    film = init(jnp.asarray([2.0, -1.0])).films[0]
    np.testing.assert_allclose(film[0], draw @ jnp.asarray([2.0, -1.0, 1.0]), rtol=1e-6)
    assert not film[1].any()


def test_a_blank_context_is_zero_and_a_selection_is_the_learner_chosen():
    learner = Blank(NETWORK, 1)(jnp.zeros(0))
    np.testing.assert_array_equal(learner(jnp.asarray([0.7])), NETWORK(jnp.asarray([0.7, 0.0])))
    both = jax.tree.map(lambda leaf: jnp.stack([leaf, 2 * leaf]), NETWORK)
    for mode, factor in enumerate((1, 2)):
        chosen = Selected(both)(jax.nn.one_hot(mode, 2))
        for leaf, expected in zip(jax.tree.leaves(chosen), jax.tree.leaves(NETWORK), strict=True):
            np.testing.assert_array_equal(leaf, factor * expected)
