import equinox as eqx
import jax
import numpy as np
import optax

from hypermaml._core.collect import collect
from hypermaml._core.meta_loss import meta_gradient
from hypermaml._core.trees import split_trainable
from hypermaml.families.sine import Sine
from hypermaml.methods.maml import MAML
from hypermaml.outer.descent import Descent

FAMILY = Sine(hidden=(3,), shots=2, queries=2)


def test_a_step_is_the_rate_times_the_update_of_the_chain(float64):
    key = jax.random.key(0)
    system = MAML().build(FAMILY, key=key)
    tasks = FAMILY.sample(2, split="meta-train", key=key)
    data = eqx.filter_jit(collect)(system.method, system.objective, FAMILY, tasks, key=key)
    outer = Descent(optax.sgd(1.0), 0.3)

    @eqx.filter_jit
    def both(method, data):
        state, moved, metrics = outer.update(outer.init(method), method, system.objective, FAMILY, data)
        return state, moved, metrics, meta_gradient(method, system.objective, FAMILY, data)

    _, moved, metrics, (gradient, expected) = both(system.method, data)
    assert float(metrics.loss) == float(expected.loss)
    before, after = (split_trainable(method)[0] for method in (system.method, moved))
    for old, new, g in zip(*map(jax.tree.leaves, (before, after, gradient)), strict=True):
        np.testing.assert_allclose(new, old - 0.3 * g, rtol=1e-12)
    rest = (split_trainable(method)[1] for method in (system.method, moved))
    assert eqx.tree_equal(*rest)


def test_a_chain_of_any_length_keeps_its_state_in_the_structure_of_phi():
    system = MAML().build(FAMILY, key=jax.random.key(0))
    outer = Descent(optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1.0)), 0.01)
    _, (adam, _) = outer.init(system.method)
    assert jax.tree.structure(adam.mu) == jax.tree.structure(split_trainable(system.method)[0])
