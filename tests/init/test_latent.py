import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.collect import collect
from hypermaml._core.meta_loss import meta_gradient
from hypermaml.families.sine import Sine
from hypermaml.init.latent import Decoded, LatentPenalty, correlation
from hypermaml.methods.leo import LEO
from hypermaml.nn.mlp import MLP
from hypermaml.nn.wrappers import Code

pytestmark = pytest.mark.usefixtures("float64")

KEY = jax.random.key(0)


def learner(noise=0.0):
    network = MLP((2, 3, 2), key=KEY)
    value = jax.random.normal(KEY, (2, 4))
    return Decoded(network, 4, key=KEY)(Code(value, 0.5 * value, jnp.ones((2, 4)), jnp.full((2, 4), noise)))


def test_the_last_layer_is_its_own_plus_what_is_decoded():
    x = jnp.asarray([0.3, -1.0])
    for noise in (0.0, 0.7):
        made = learner(noise)
        mean, spread = np.split(np.asarray(made.code.value) @ np.asarray(made.decoder).T, 2, axis=1)
        rows = mean + np.maximum(np.exp(spread) - 1 + np.sqrt(2 / (4 + 2)), 1e-10) * noise
        hidden = np.maximum(np.asarray(made.network.layers[0](x)), 0)
        expected = (made.head.weight + rows[:, :3]) @ hidden + made.head.bias + rows[:, 3]
        np.testing.assert_allclose(made(x), expected, rtol=1e-10)


def test_each_term_of_the_penalty_by_hand():
    start = learner()
    reached = eqx.tree_at(lambda s: s.code.value, start, start.code.value + 0.5)
    leaves = [*jax.tree.leaves(start.network), start.decoder]
    square = np.mean(np.concatenate([np.ravel(leaf) for leaf in leaves]) ** 2)
    expected = {
        (1.0, 0.0, 0.0, 0.0): float(start.code.divergence()),
        (0.0, 1.0, 0.0, 0.0): 0.25,
        (0.0, 0.0, 1.0, 0.0): square,
        (0.0, 0.0, 0.0, 1.0): float(correlation(start.decoder)),
    }
    for weights, value in expected.items():
        assert float(LatentPenalty(*weights)(start, reached)) == pytest.approx(value, rel=1e-9)
    pull = jax.grad(lambda value: LatentPenalty(0, 1, 0, 0)(eqx.tree_at(lambda s: s.code.value, start, value), reached))
    np.testing.assert_allclose(pull(start.code.value), -0.5 * 2 / 8, rtol=1e-9)  # towards where it went


def test_correlation_by_hand():
    assert float(correlation(jnp.asarray([[2.0, 0.0], [0.0, 3.0]]))) == 0
    assert float(correlation(jnp.asarray([[2.0, 0.0], [-1.0, 0.0]]))) == 0.5


def test_the_penalty_is_part_of_the_outer_loss_and_trains_the_encoder():
    family = Sine(hidden=(4, 4), shots=3, queries=3)
    gather, gradient_of = eqx.filter_jit(collect), eqx.filter_jit(meta_gradient)
    system = LEO(inner_lr=0.3, inner_steps=3, latent_steps=2).build(family, key=KEY)
    tasks = family.sample(2, split="meta-train", key=KEY)
    data = gather(system.method, system.objective, family, tasks, key=KEY)
    losses = []
    for weights in ((0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0)):
        method = eqx.tree_at(lambda m: m.penalty, system.method, LatentPenalty(*weights))
        gradient, metrics = gradient_of(method, system.objective, family, data)
        assert any(jnp.any(leaf) for leaf in jax.tree.leaves(gradient.embed))
        losses.append(float(metrics.loss))
    assert losses[1] > losses[0] + 1e-6
    assert losses[2] > losses[0] + 1e-6


def test_the_code_adapts_first_and_then_the_last_layer():
    family = Sine(hidden=(4, 4), shots=3, queries=3)
    method = LEO(inner_lr=0.3, inner_steps=3, latent_steps=2).build(family, key=KEY).method
    tasks = family.sample(1, split="meta-train", key=KEY)
    support = jax.tree.map(lambda leaf: leaf[0], family.batches(None, tasks, size=3, key=KEY))
    task_info = jax.tree.map(lambda leaf: leaf[0], family.task_infos(tasks, key=KEY))
    state = method.start(eqx.tree_at(lambda e: e.support, task_info, support, is_leaf=lambda node: node is None))
    for step in range(4):
        after, _ = method.adapt.step(state, support, family.inner_loss)
        moved = [bool((a != b).any()) for a, b in zip(*map(parts, (state, after)), strict=True)]
        assert moved == [step < 2, step >= 2, False, False]
        state = after


def parts(state):
    made = state.learner
    return made.code.value, made.head.weight, made.network.layers[0].weight, made.decoder
