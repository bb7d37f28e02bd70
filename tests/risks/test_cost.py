import jax
import jax.numpy as jnp

from hypermaml.risks.cost import interleaved, products


def test_products_count_each_pass_of_a_loop():
    def program(a, b):
        return jax.lax.scan(lambda x, _: (x @ b, None), a, None, length=5)[0] + jnp.sin(a)

    jaxpr = jax.make_jaxpr(program)(jnp.ones((2, 3)), jnp.ones((3, 3))).jaxpr
    assert products(jaxpr) == 5 * 2 * 2 * 3 * 3


def test_functions_take_turns():
    told = []
    times = interleaved({"a": lambda: told.append("a"), "b": lambda: told.append("b")}, rounds=3)
    assert "".join(told) == "ab" + "ab" * 3
    assert {name: len(values) for name, values in times.items()} == {"a": 3, "b": 3}
