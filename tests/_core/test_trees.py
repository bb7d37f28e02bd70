import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from hypermaml._core.trees import NonTrainable, global_norm, read, split_selected, split_trainable


def tree():
    return {
        "weight": jnp.arange(6.0).reshape(2, 3),
        "steps": jnp.asarray(3),
        "rate": NonTrainable({"a": 0.5, "b": jnp.ones(2)}),
        "activation": jax.nn.relu,
        "nothing": None,
    }


def test_phi_is_what_is_floating_point_and_not_fixed():
    phi, rest = split_trainable(tree())
    assert [leaf.shape for leaf in jax.tree.leaves(phi)] == [(2, 3)]
    assert phi["weight"] is not None
    assert rest["weight"] is None
    assert [leaf.tolist() for leaf in jax.tree.leaves(rest["rate"])] == [0.5, [1.0, 1.0]]
    assert rest["activation"] is jax.nn.relu
    assert eqx.tree_equal(eqx.combine(phi, rest), tree())


def test_fixed_values_take_no_gradient():
    def loss(parts):
        given, weight = parts
        return jnp.sum(given()["b"] * weight**2) * given()["a"]

    fixed, weight = jax.grad(loss)((tree()["rate"], jnp.asarray([1.0, 2.0])))
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(fixed))
    np.testing.assert_allclose(weight, [1.0, 2.0])


def test_read_opens_each_fixed_value():
    opened = read({"given": NonTrainable(2.0), "bare": jnp.asarray(3.0), "nested": (NonTrainable([4.0]),)})
    assert jax.tree.map(float, opened) == {"given": 2.0, "bare": 3.0, "nested": ([4.0],)}


def test_selection_of_one_node_and_of_several():
    rows = {"body": jnp.ones(2), "head": (jnp.ones(3), jnp.asarray(1)), "context": jnp.ones(4)}
    chosen, rest = split_selected(rows, lambda t: t["head"])
    assert [leaf.size for leaf in jax.tree.leaves(chosen)] == [3]
    assert sorted(leaf.size for leaf in jax.tree.leaves(rest)) == [1, 2, 4]
    chosen, _ = split_selected(rows, lambda t: (t["body"], t["context"]))
    assert [leaf.size for leaf in jax.tree.leaves(chosen)] == [2, 4]
    chosen, rest = split_selected(rows, lambda t: t)
    assert sorted(leaf.size for leaf in jax.tree.leaves(chosen)) == [2, 3, 4]
    assert eqx.tree_equal(eqx.combine(chosen, rest), rows)


def test_norm_is_of_all_leaves_and_its_gradient_at_zero_is_zero():
    leaves = {"a": jnp.asarray([3.0]), "b": jnp.asarray([[0.0, 4.0]])}
    assert float(global_norm(leaves)) == 5.0
    np.testing.assert_allclose(jax.grad(global_norm)(leaves)["b"], [[0.0, 0.8]], rtol=1e-6)
    assert np.isnan(global_norm(leaves | {"c": jnp.asarray([jnp.nan])}))
    at_zero = jax.grad(global_norm)(jax.tree.map(jnp.zeros_like, leaves))
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(at_zero))
