import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from hypermaml._core.method import Method
from hypermaml._core.schedule import with_schedule
from hypermaml._core.trees import NonTrainable
from hypermaml.adapt.rule import SGD
from hypermaml.adapt.stepwise import Stepwise
from hypermaml.adapt.unroll import Unroll
from hypermaml.embed.simple import NoEmbedding
from hypermaml.init.shared import Constant
from hypermaml.nn.mlp import MLP

LEARNER = MLP((1, 3, 1), key=jax.random.key(0))
X = jnp.asarray([0.7])


def loss(learner, batch):
    return jnp.sum((learner(X) - batch) ** 2)


def adapter(films):
    return Stepwise(Unroll(SGD(NonTrainable(0.1)), where=lambda learner: learner.network), films)


def test_each_step_has_its_own_gains_and_shifts_and_later_ones_the_last():
    films = ((jnp.arange(6.0).reshape(2, 3), -jnp.arange(6.0).reshape(2, 3)),)
    stepwise = adapter(films)
    state, used = stepwise.init(LEARNER), []

    def noted(learner, batch):
        used.append(learner.films[0][0])
        return loss(learner, batch)

    for index in (0, 0, 1, 2):  # the learner that a step leaves is scored with the step's own
        ((gain, shift),) = stepwise.learner(state).films
        np.testing.assert_array_equal(gain, films[0][0][min(index, 1)])
        np.testing.assert_array_equal(shift, films[0][1][min(index, 1)])
        with jax.disable_jit():
            state, _ = stepwise.step(state, jnp.ones(1), noted)
    for index, gain in enumerate(used):
        np.testing.assert_array_equal(gain, films[0][0][min(index, 1)])


def test_the_inner_loop_moves_the_network_as_it_does_without():
    nothing = ((jnp.zeros((3, 3)), jnp.zeros((3, 3))),)
    stepwise, plain = adapter(nothing), Unroll(SGD(NonTrainable(0.1)))
    one, other = stepwise.init(LEARNER), plain.init(LEARNER)
    for _ in range(2):
        one, info = stepwise.step(one, jnp.ones(1), loss)
        other, expected = plain.step(other, jnp.ones(1), loss)
        np.testing.assert_allclose(info.loss, expected.loss, rtol=1e-6)
    for found, wanted in zip(jax.tree.leaves(one.learner.network), jax.tree.leaves(other.learner), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_the_test_time_schedule_reaches_its_rule():
    method = Method(NoEmbedding(), Constant(LEARNER), adapter(((jnp.zeros((3, 3)), jnp.zeros((3, 3))),)))
    assert float(with_schedule(method, 0.5, 1.0).adapt.unroll.rule.later_rate()) == 0.5
    assert eqx.tree_equal(with_schedule(method, 0.5, 1.0).init, method.init)
