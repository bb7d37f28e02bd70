"""What a plan says of memory, arithmetic and time, against what the programs are."""

import jax
import jax.numpy as jnp
import pytest

from hypermaml._core.cost import Probe
from hypermaml._core.execution import varied
from hypermaml._misc.flops import count_flops
from hypermaml.families.sine import Sine
from hypermaml.methods.maml import MAML

FAMILY = Sine(hidden=(8,), shots=4, queries=4)
TASKS = 64


def flops(function, *arguments):
    return count_flops(jax.make_jaxpr(function)(*arguments))


def test_products_of_matrices_and_entries():
    a, b = jnp.zeros((3, 5)), jnp.zeros((5, 7))
    assert flops(lambda a, b: a @ b, a, b) == 2 * 3 * 5 * 7
    assert flops(lambda a: jnp.tanh(a) + a, a) == 2 * 15
    assert flops(jnp.sum, a) == 15
    assert flops(jax.vmap(lambda a: b.T @ a), a) == 2 * 3 * 5 * 7
    assert flops(jax.jit(lambda a: a * a), a) == 15
    assert flops(lambda a: a.reshape(-1)[::2], a) == 0


def test_each_turn_of_a_loop_counts_and_of_branches_the_dearest():
    a = jnp.zeros((4, 4))
    assert flops(lambda a: jax.lax.scan(lambda c, _: (c @ c, None), a, None, length=6)[0], a) == 6 * 2 * 64
    assert flops(lambda a: jax.lax.fori_loop(0, 6, lambda _, c: c @ c, a), a) == 6 * 2 * 64
    assert flops(lambda a: jax.lax.cond(True, lambda a: a @ a, lambda a: a, a), a) == 2 * 64


def test_the_count_is_that_of_xla_where_there_is_no_loop():
    weights = [jnp.zeros((8, 32)), jnp.zeros((32, 32))]

    def loss(weights, x):
        return jnp.mean(jnp.tanh(x @ weights[0]) @ weights[1])

    x = jnp.zeros((100, 8))
    both = jax.value_and_grad(loss)
    compiled = jax.jit(both).lower(weights, x).compile()
    assert flops(both, weights, x) == pytest.approx(compiled.cost_analysis()["flops"], rel=0.1)


def probe():
    system = MAML(inner_steps=3).build(FAMILY, key=jax.random.key(0))
    return Probe(system, FAMILY, meta_batch=TASKS, chunk=1, key=jax.random.key(1))


@pytest.mark.product
def test_fewer_tasks_at_once_need_less_memory_and_the_same_arithmetic():
    together = probe()
    whole, flops = together.memory(), together.flops()
    with varied(tasks_at_once=8):
        assert together.memory() < 0.5 * whole
        assert together.flops() == pytest.approx(flops, rel=0.05)
    assert flops > TASKS * 3 * 3 * 4 * 2 * (8 + 8)  # the gradients of the inner steps alone


@pytest.mark.product
def test_seconds_are_those_of_an_iteration():
    cost = probe().cost()
    assert 0 < cost.seconds < 1
    assert cost.memory > 0
