import jax
import jax.numpy as jnp
import numpy as np

from hypermaml.init.shared import Conditioned, Constant
from hypermaml.nn.mlp import MLP


def test_constant_gives_every_task_the_same_learner():
    learner = MLP((1, 2, 1), key=jax.random.key(0))
    assert Constant(learner)(jnp.zeros(0)) is learner


def test_conditioned_learner_reads_the_embedding():
    network = MLP((3, 4, 1), activation=jnp.tanh, key=jax.random.key(0))
    x, embedding = jnp.asarray([0.5]), jnp.asarray([1.0, 2.0])
    learner = Conditioned(network)(embedding)
    np.testing.assert_allclose(learner(x), network(jnp.asarray([0.5, 1.0, 2.0])), rtol=1e-6)
    assert not np.allclose(learner(x), Conditioned(network)(-embedding)(x))
