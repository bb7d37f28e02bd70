import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from hypermaml._core.train import start, train
from hypermaml._core.trees import NonTrainable, global_norm
from hypermaml.adapt.rule import SGD
from hypermaml.adapt.shared_adam import SharedAdam
from hypermaml.families.sine import Sine
from hypermaml.methods.maml_en_llm import MAMLEnLLM

pytestmark = pytest.mark.usefixtures("float64")


def leaves():
    return {"a": jnp.asarray([1.0, 2.0]), "b": jnp.asarray(3.0)}


def gradient():
    return {"a": jnp.asarray([3.0, -4.0]), "b": jnp.asarray(0.0)}  # of norm 5


def past():
    earlier = {"a": jnp.asarray([0.5, -1.0]), "b": jnp.asarray(2.0)}
    return earlier, {"a": jnp.asarray([-2.0, 0.1]), "b": jnp.asarray(0.3)}


def rule_after(gradients, **how):
    adam = optax.scale_by_adam(eps=0.0)
    state = adam.init(leaves())
    for each in gradients:
        _, state = adam.update(each, state)
    rule = SharedAdam(leaves(), 0.1, **how)
    values = NonTrainable(state.mu), NonTrainable(state.nu), NonTrainable(state.count.astype(float))
    return eqx.tree_at(lambda r: (r.first, r.second, r.count), rule, values), state


@pytest.mark.parametrize("clip", [None, 1.0])
@pytest.mark.parametrize(("index", "pace", "bound"), [(0, 1.0, None), (2, 0.5, 2.0)])
def test_a_step_is_the_one_that_adam_takes_next(index, pace, bound, clip):
    """From the second step on the test-time schedule bounds the task's gradient by 2 and takes half the rate."""
    rule, state = rule_after(past(), clip=clip)
    rule = eqx.tree_at(
        lambda r: (r.later_rate, r.later_clip),
        rule,
        (NonTrainable(0.5), NonTrainable(2.0)),
        is_leaf=lambda node: node is None,
    )
    after = rule(leaves(), gradient(), global_norm(gradient()), jnp.asarray(index))
    bound = clip if index == 0 else bound
    shortened = jax.tree.map(lambda g: g * (1.0 if bound is None else bound / 5), gradient())
    direction, _ = optax.scale_by_adam(eps=0.0).update(shortened, state)
    for name, leaf in leaves().items():
        np.testing.assert_allclose(after[name], leaf - 0.1 * pace * direction[name], rtol=1e-12)


def test_without_a_past_a_step_is_the_sign_of_the_gradient():
    after = SharedAdam(leaves(), 0.1)(leaves(), gradient(), global_norm(gradient()), jnp.asarray(0))
    np.testing.assert_allclose(after["a"], [0.9, 2.1], rtol=1e-12)
    assert after["b"] == 3.0


def test_the_outer_gradient_passes_an_entry_without_gradient():
    def after(scale):
        scaled = jax.tree.map(lambda g: scale * g, gradient())
        return rule_after([])[0](leaves(), scaled, global_norm(scaled), jnp.asarray(0))

    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(jax.jacrev(after)(1.0)))


def test_the_outer_loop_hands_its_moments_over():
    family = Sine()
    system = MAMLEnLLM(inner_lr=0.01).build(family, key=jax.random.key(0))
    assert start(system).method.adapt.rule.count() == 0
    *_, (state, _) = train(system, family, iterations=3, meta_batch=4, chunk=2, key=jax.random.key(1))
    rule = state.method.adapt.rule
    moments = optax.tree_utils.tree_get(state.outer, "nu")
    assert rule.count() == 3
    for handed, own in zip(jax.tree.leaves(rule.second()), jax.tree.leaves(moments), strict=True):
        assert np.any(own > 0)
        np.testing.assert_array_equal(handed, own)


def test_an_iteration_reads_the_moments_of_the_one_before():
    """Without the handing over the third iteration would start from moments of zero, and end elsewhere."""
    family, key = Sine(), jax.random.key(1)
    system = MAMLEnLLM(inner_lr=0.01).build(family, key=jax.random.key(0))

    def after_three(forgets):
        state = None
        for done in range(3):
            if state is not None and forgets:
                rule = system.method.adapt.rule
                state = eqx.tree_at(lambda s: s.method.adapt.rule, state, rule)
            ((state, _),) = train(system, family, iterations=done + 1, meta_batch=4, chunk=1, key=key, state=state)
        return jax.tree.leaves(state.method.init)

    remembered, forgotten = after_three(False), after_three(True)
    assert any(np.abs(a - b).max() > 1e-6 for a, b in zip(remembered, forgotten, strict=True))


def test_after_a_long_past_of_large_gradients_that_cancel_it_is_gradient_descent():
    large = jax.tree.map(lambda leaf: jnp.full_like(leaf, 1e12), leaves())
    rule = eqx.tree_at(
        lambda r: (r.second, r.count), SharedAdam(leaves(), 1e4), (NonTrainable(large), NonTrainable(1e6))
    )
    plain = SGD(NonTrainable(1e4 * 0.1 / np.sqrt(0.999 * 1e12)))
    one, same = (r(leaves(), gradient(), global_norm(gradient()), jnp.asarray(0)) for r in (rule, plain))
    for name in leaves():
        np.testing.assert_allclose(one[name], same[name], rtol=1e-9)
    assert np.abs(one["a"] - leaves()["a"]).max() > 1e-3
