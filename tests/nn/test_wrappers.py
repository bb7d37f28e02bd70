import jax
import jax.numpy as jnp
import numpy as np

from hypermaml.nn.mlp import MLP
from hypermaml.nn.wrappers import Context


def test_context_is_joined_to_the_input(float64):
    network = MLP((5, 4, 2), key=jax.random.key(0))
    context = jnp.asarray([1.0, -2.0, 0.5])
    learner = Context(network, context)
    x = jax.random.normal(jax.random.key(1), (6, 2))
    np.testing.assert_allclose(learner(x[0]), network(jnp.concatenate([x[0], context])), rtol=1e-12)
    np.testing.assert_allclose(learner.many(x), jax.vmap(learner)(x), rtol=1e-12)
